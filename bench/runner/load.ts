import { once } from "node:events";
import { DRIVER_CORE, start } from "./children.ts";

interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

interface Counted {
  readonly responses: number;
  readonly events: number;
  readonly tokens: number;
  readonly messages: number;
  readonly bytes: number;
  readonly connections: number;
}

interface Watched {
  readonly cpu_s: number;
  readonly rss_before_kib: number;
  readonly rss_opened_kib: number;
  readonly rss_done_kib: number;
}

/** The JSON line of the load generator; times are milliseconds where the name says so, else seconds. */
export interface LoadResult {
  readonly window_s: number;
  readonly window: Counted;
  readonly run: Counted;
  readonly errors: number;
  readonly failures?: Readonly<Record<string, number>>;
  readonly age_ms: Quantiles;
  readonly took_ms: Quantiles;
  readonly first_byte_ms: Quantiles;
  readonly self_cpu_s: number;
  readonly watched: Readonly<Partial<Record<"proxy" | "engine", Watched>>>;
}

/** Runs the load generator once. It ends by itself; failed answers are in the result, a failed run is thrown. */
export async function runLoad(program: string, args: readonly string[]): Promise<{ result: LoadResult; pid: number }> {
  const child = start(DRIVER_CORE, program, args, { env: { ...process.env, GODEBUG: "asyncpreemptoff=1" } });
  let output = "";
  child.process.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await once(child.process, "close");
  if (output === "") throw new Error(`the load generator failed: ${child.stderr()}`);
  return { result: JSON.parse(output) as LoadResult, pid: child.pid };
}
