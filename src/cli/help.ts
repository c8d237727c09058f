import { configHelp } from "../config/index.ts";

const GENERAL = `Countersign: a confidential-inference gateway whose answers can be proven.

Usage: countersign <command> [options]

  serve          run the gateway; with nothing configured, a complete demo on loopback
  chat <url>     a verified, streaming chat in the terminal
  config check   the effective configuration, without secrets, and where each value comes from

  countersign <command> --help   options of a command
  countersign --version
`;

const SERVE = `Usage: countersign serve [settings]

Runs the gateway until SIGTERM or SIGINT; running streams may then finish (timeouts.drain), a second signal ends it
at once. With no engine configured it starts a demo with its own engine, token and certificate on loopback.

`;

const CHAT = `Usage: countersign chat <url> --model <name> (--keyset <sha256> | --unattested) [options]

Chats with a model behind a gateway. Each chunk is verified as it arrives, each answer by its seal and both signatures.

  --model <name>        model to ask
  --keyset <sha256>     trust exactly the keyset with this SHA-256, 64 hex digits
  --unattested          trust whatever keys the connection serves; proves no identity, and every answer says so
  --token <token>       bearer token; visible to other users of this machine, so prefer the variable COUNTERSIGN_TOKEN
  --protocol <name>     connect (default), grpc or grpc-web
  --http <version>      2 (default) or 1.1
  --ca <file>           PEM file with the certificate authority of a TLS gateway
  --insecure-tls        accept any TLS certificate; the answers are still verified under the keyset
  --system <text>       instructions for the model
  --once <text>         ask this, print the answer and stop
  --json                JSON lines for programs

Exit status: 0 every answer was verified, 10 an answer was not, 2 usage.
`;

const CONFIG = `Usage: countersign config check [--json] [settings]

Prints the effective configuration without secrets and where each value comes from. Exit status: 0 valid, 2 not.

`;

/** What `countersign --help` prints. */
export function generalHelp(): string {
  return GENERAL;
}

/** What `countersign <command> --help` prints. */
export function commandHelp(name: string): string {
  const columns = Math.min(process.stdout.columns ?? 100, 100);
  switch (name) {
    case "serve":
      return SERVE + configHelp(columns);
    case "chat":
      return CHAT;
    case "config":
      return CONFIG + configHelp(columns);
    default:
      return GENERAL;
  }
}
