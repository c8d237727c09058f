import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  attestedKeyset,
  type ConnectedClient,
  CountersignError,
  createClient,
  type Protocol,
  pinnedKeyset,
  type Trust,
  unattestedKeyset,
} from "@countersign/client";
import { runChat } from "@countersign/client/chat";
import { EXIT } from "./exit-status.ts";
import { readPolicyFile } from "./verify/policy-file.ts";
import { UsageError } from "./verify/usage-error.ts";

const OPTIONS = {
  model: { type: "string" },
  policy: { type: "string" },
  keyset: { type: "string" },
  unattested: { type: "boolean" },
  encrypt: { type: "boolean" },
  token: { type: "string" },
  protocol: { type: "string" },
  http: { type: "string" },
  ca: { type: "string" },
  "insecure-tls": { type: "boolean" },
  system: { type: "string" },
  once: { type: "string" },
  json: { type: "boolean" },
} as const;

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new UsageError(`--${name} is ${allowed.join(", ")}`);
  return found;
}

function parse(argv: readonly string[]) {
  const parsed = (() => {
    try {
      return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
  })();
  const { values, positionals } = parsed;
  const [url] = positionals;
  if (url === undefined || positionals.length !== 1)
    throw new UsageError("give one URL, for example http://127.0.0.1:8080");
  if (values.model === undefined) throw new UsageError("--model is required");
  const { policy, keyset, unattested } = values;
  if ([policy !== undefined, keyset !== undefined, unattested === true].filter(Boolean).length !== 1) {
    throw new UsageError("say which keys to trust: --policy <file>, --keyset <sha256>, or --unattested");
  }
  return { url, model: values.model, values };
}

/** Whose keys to trust, and what has been learnt of that. */
interface Standing {
  readonly trust: Trust;
  /** Whether a connection was attested by a simulated TEE. */
  readonly simulated: () => boolean;
}

function standing({ policy, keyset }: ReturnType<typeof parse>["values"]): Standing {
  let simulated = false;
  const onVerdict = (verdict: { readonly simulated: boolean }): void => {
    simulated ||= verdict.simulated;
  };
  const trust =
    policy !== undefined
      ? attestedKeyset({ policy: readPolicyFile(policy), onVerdict })
      : keyset === undefined
        ? unattestedKeyset()
        : pinnedKeyset(keyset);
  return { trust, simulated: () => simulated };
}

function connect({ url, values }: ReturnType<typeof parse>, trust: Trust): ConnectedClient {
  const token = values.token ?? process.env["COUNTERSIGN_TOKEN"];
  const ca = values.ca === undefined ? undefined : readFileSync(values.ca, "utf8");
  return createClient({
    baseUrl: url,
    protocol: oneOf<Protocol>("protocol", values.protocol ?? "connect", ["connect", "grpc", "grpc-web"]),
    httpVersion: oneOf("http", values.http ?? "2", ["1.1", "2"]),
    trust,
    encrypt: values.encrypt === true,
    ...(token === undefined ? {} : { token }),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      // Under a policy the evidence vouches for the leaf's key; gateways sign their own leaves.
      ...(values["insecure-tls"] === true || (values.policy !== undefined && ca === undefined)
        ? { rejectUnauthorized: false }
        : {}),
    },
  });
}

/** `countersign chat <url>`: a verified chat in the terminal. Returns the exit status. */
export async function chat(argv: readonly string[]): Promise<number> {
  try {
    const options = parse(argv);
    const { trust, simulated } = standing(options.values);
    using client = connect(options, trust);
    const { system, once, json } = options.values;
    const verified = await runChat({
      client,
      model: options.model,
      simulated,
      input: process.stdin,
      output: process.stdout,
      isTerminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
      ...(system === undefined ? {} : { system }),
      ...(once === undefined ? {} : { once }),
      ...(json === undefined ? {} : { json }),
    });
    return verified ? EXIT.ok : EXIT.rejected;
  } catch (error) {
    if (error instanceof UsageError || (error instanceof CountersignError && error.code === "config.invalid")) {
      process.stderr.write(`countersign chat: ${error.message}\nSee \`countersign chat --help\`.\n`);
      return EXIT.usage;
    }
    throw error;
  }
}
