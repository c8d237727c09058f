const GENERAL = `Countersign: a confidential-inference gateway whose answers can be proven.

Usage: countersign <command> [options]

  serve          run the gateway; with nothing configured, a complete demo on loopback
  chat <url>     a verified, streaming chat in the terminal
  verify <url>   verify a gateway, or evidence from a file, and say what every check found
  models <form>  measure, check and seal the files of a model: digest, verify, seal
  config check   the effective configuration, without secrets, and where each value comes from

  countersign <command> --help   options of a command
  countersign --version
`;

const SERVE = `Usage: countersign serve [settings]

Runs the gateway until SIGTERM or SIGINT; running streams may then finish (timeouts.drain), a second signal ends it
at once. With no engine configured it starts a demo with its own engine, token and certificate on loopback.

`;

const CHAT = `Usage: countersign chat <url> --model <name> (--policy <file> | --keyset <sha256> | --unattested) [options]

Chats with a model behind a gateway. Each chunk is verified as it arrives, each answer by its seal and both signatures.

  --model <name>        model to ask
  --policy <file>       trust the keys that evidence of the connection commits to, if it satisfies this policy; https
  --keyset <sha256>     trust exactly the keyset with this SHA-256, 64 hex digits
  --unattested          trust whatever keys the connection serves; proves no identity, and every answer says so
  --encrypt             encrypt what is asked and answered to the gateway's workload; not with --unattested
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

/** What `countersign <command> --help` prints. `form` is the word after the command, which some commands look at. */
export async function commandHelp(name: string, form?: string): Promise<string> {
  const columns = Math.min(process.stdout.columns ?? 100, 100);
  switch (name) {
    case "serve":
      return SERVE + (await import("../config/index.ts")).configHelp(columns);
    case "chat":
      return CHAT;
    case "verify":
      return (await import("./verify/index.ts")).verifyHelp(form);
    case "models":
      return (await import("./models/index.ts")).modelsHelp(form);
    case "config":
      return CONFIG + (await import("../config/index.ts")).configHelp(columns);
    default:
      return GENERAL;
  }
}
