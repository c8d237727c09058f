import { parseArgs } from "node:util";

/** How the engine runs. */
export interface DemoOptions {
  /** TCP port on 127.0.0.1; 0 takes any free one. Default 0. */
  readonly port: number;
  /** The model name that it answers to. Default "demo". */
  readonly model: string;
  /** Speed of one choice; 0 is as fast as possible. Default 60. */
  readonly tokensPerSecond: number;
  /** Time before the first token, in milliseconds. Default 80. */
  readonly firstTokenMs: number;
  /** Makes requests without a seed of their own reproducible in their order. Default: every run differs. */
  readonly seed: number | undefined;
  /** Context length in tokens, prompt and answer together. Default 32 768. */
  readonly maxModelLength: number;
  /** Length of embedding vectors. Default 256. */
  readonly embeddingDimensions: number;
  /** How long it pretends to load, answering 503, in milliseconds. Default 0. */
  readonly loadingMs: number;
  /** Largest request body in bytes. Default 33 554 432. */
  readonly maxBodyBytes: number;
  /** End the process when standard input closes. Default false. */
  readonly exitWithParent: boolean;
}

export const DEFAULT_OPTIONS: DemoOptions = {
  port: 0,
  model: "demo",
  tokensPerSecond: 60,
  firstTokenMs: 80,
  seed: undefined,
  maxModelLength: 32768,
  embeddingDimensions: 256,
  loadingMs: 0,
  maxBodyBytes: 32 * 1024 * 1024,
  exitWithParent: false,
};

export const HELP = `Usage: node src/demo/main.ts [options]

The built-in demo engine: an OpenAI-compatible server on 127.0.0.1 that writes its text with a small grammar
model. It is for trying and testing, and it says so in every answer (system_fingerprint "countersign-demo").
When it listens it prints one line: {"listening":"http://127.0.0.1:PORT","model":"NAME"}

Options                          Environment                         Default
  --port N                       DEMO_PORT                           0 (any free port)
  --model NAME                   DEMO_MODEL                          demo
  --tokens-per-second N          DEMO_TOKENS_PER_SECOND              60 (0: as fast as possible)
  --first-token-ms N             DEMO_FIRST_TOKEN_MS                 80
  --seed N                       DEMO_SEED                           none (every run differs)
  --max-model-len N              DEMO_MAX_MODEL_LEN                  32768 tokens
  --embedding-dimensions N       DEMO_EMBEDDING_DIMENSIONS           256
  --loading-ms N                 DEMO_LOADING_MS                     0 (answers 503 until loaded)
  --max-body-bytes N             DEMO_MAX_BODY_BYTES                 33554432
  --exit-with-parent             DEMO_EXIT_WITH_PARENT=1             off (on: ends when stdin closes)
  --help

A flag overrides its environment variable.

Try it:
  node src/demo/main.ts --port 9000
  curl -N http://127.0.0.1:9000/v1/chat/completions -H 'content-type: application/json' \\
    -d '{"model":"demo","stream":true,"messages":[{"role":"user","content":"Tell me about bees"}]}'
`;

/** A flag or an environment variable that cannot be used. The message names it and says what is accepted. */
export class OptionsError extends Error {
  override readonly name = "OptionsError";
}

const FLAGS = {
  port: { type: "string" },
  model: { type: "string" },
  "tokens-per-second": { type: "string" },
  "first-token-ms": { type: "string" },
  seed: { type: "string" },
  "max-model-len": { type: "string" },
  "embedding-dimensions": { type: "string" },
  "loading-ms": { type: "string" },
  "max-body-bytes": { type: "string" },
  "exit-with-parent": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the command line over the environment over the defaults; "help" when help is asked for. Throws an OptionsError. */
export function readOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): DemoOptions | "help" {
  const flags = parse(args);
  if (flags.help === true) return "help";

  function given(flag: Exclude<keyof typeof FLAGS, "exit-with-parent" | "help">): [string | undefined, string] {
    const fromFlag = flags[flag];
    if (fromFlag !== undefined) return [fromFlag, `--${flag}`];
    const variable = `DEMO_${flag.replaceAll("-", "_").toUpperCase()}`;
    const fromEnvironment = environment[variable];
    return [fromEnvironment === "" ? undefined : fromEnvironment, variable];
  }
  function number(
    flag: Parameters<typeof given>[0],
    minimum: number,
    maximum: number,
    otherwise: number,
    whole = true,
  ) {
    const [text, source] = given(flag);
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (text.trim() === "" || !(value >= minimum && value <= maximum) || (whole && !Number.isInteger(value))) {
      throw new OptionsError(
        `${source} must be ${whole ? "a whole number" : "a number"} from ${minimum} to ${maximum}.`,
      );
    }
    return value;
  }

  const [model, modelSource] = given("model");
  if (model !== undefined && !/^[\w./:@-]{1,200}$/.test(model)) {
    throw new OptionsError(`${modelSource} must be 1 to 200 letters, digits or any of . _ / : @ -`);
  }
  const [seedText] = given("seed");
  return {
    port: number("port", 0, 65535, DEFAULT_OPTIONS.port),
    model: model ?? DEFAULT_OPTIONS.model,
    tokensPerSecond: number("tokens-per-second", 0, 1e6, DEFAULT_OPTIONS.tokensPerSecond, false),
    firstTokenMs: number("first-token-ms", 0, 600_000, DEFAULT_OPTIONS.firstTokenMs, false),
    seed: seedText === undefined ? undefined : number("seed", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 0),
    maxModelLength: number("max-model-len", 16, 10_000_000, DEFAULT_OPTIONS.maxModelLength),
    embeddingDimensions: number("embedding-dimensions", 8, 8192, DEFAULT_OPTIONS.embeddingDimensions),
    loadingMs: number("loading-ms", 0, 86_400_000, DEFAULT_OPTIONS.loadingMs),
    maxBodyBytes: number("max-body-bytes", 1024, 1024 ** 3, DEFAULT_OPTIONS.maxBodyBytes),
    exitWithParent: flags["exit-with-parent"] ?? /^(?:1|true|yes)$/i.test(environment.DEMO_EXIT_WITH_PARENT ?? ""),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : "The command line cannot be read.");
  }
}
