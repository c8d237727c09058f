import { type Config, ConfigError, type ConfigInput, type ConfigProblem, loadConfig } from "../../src/config/index.ts";

/** Files by path; anything else does not exist. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

export interface LoadOptions {
  readonly env?: ConfigInput["env"];
  readonly argv?: readonly string[];
  readonly files?: Files;
  readonly own?: readonly string[];
}

/** Loads without touching this machine: no real environment, files or addresses. */
export function load({ env = {}, argv = [], files = {}, own = [] }: LoadOptions = {}): Config {
  return loadConfig({
    env,
    argv,
    ownAddresses: () => own,
    readFile(path, maxBytes) {
      const content = files[path];
      if (content === undefined) return { refused: "does not exist" };
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      return bytes.length > maxBytes ? { refused: `is larger than ${maxBytes} bytes` } : { bytes };
    },
  });
}

/** The least that runs in development. */
export const development = {
  DEV: "1",
  MODEL_NAME: "m",
  TOKEN: "t",
  VLLM_BASE_URL: "http://127.0.0.1:9000",
} as const;

/** Loads in development, with more variables. */
export function loadDevelopment(env: ConfigInput["env"] = {}, argv: readonly string[] = []): Config {
  return load({ env: { ...development, ...env }, argv });
}

/** Loads with this text as the configuration file, in development. */
export function loadFile(text: string, env: ConfigInput["env"] = development): Config {
  return load({ env: { ...env, COUNTERSIGN_CONFIG: "c.yaml" }, files: { "c.yaml": text } });
}

/** The error that loading ends with. */
export function failure(attempt: () => unknown): ConfigError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

/** Code, key and source of each problem: what programs act on. */
export function outline(error: ConfigError): readonly string[] {
  return error.problems.map(({ code, key, source }: ConfigProblem) => {
    if (source === undefined) return `${code} ${key}`;
    const place = source.from === "file" ? `${source.path}:${source.line}` : "name" in source ? source.name : "default";
    return `${code} ${key} ${place}`;
  });
}
