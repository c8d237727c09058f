import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Verdict } from "@countersign/client/verdict";
import { vi } from "vitest";
import { verify } from "../../src/cli/verify/index.ts";

/** What a run of the command came to. */
export interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

const PROGRAM = fileURLToPath(new URL("../../bin/countersign.js", import.meta.url));

/** Runs `countersign verify` as users do: in a process of its own. */
export function verifyProcess(...argv: readonly string[]): Promise<Run> {
  return new Promise((done) => {
    const env = { PATH: process.env["PATH"] };
    execFile(process.execPath, [PROGRAM, "verify", ...argv], { env, timeout: 20_000 }, (error, out, err) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      done({ status, out, err });
    });
  });
}

/** Runs it in this process, which is faster. */
export async function verifyHere(...argv: readonly string[]): Promise<Run> {
  let [out, err] = ["", ""];
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      out += String(text);
      return true;
    }),
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      err += String(text);
      return true;
    }),
  ];
  try {
    return { status: await verify(argv), out, err };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** The one JSON document a run printed. */
export function verdictOf({ out }: Run): Verdict {
  return JSON.parse(out);
}

/** Ids of the checks with this outcome. */
export function ids({ checks }: Verdict, outcome: Verdict["checks"][number]["outcome"]): string[] {
  return checks.filter((check) => check.outcome === outcome).map(({ id }) => id);
}

/** Path of a genuine sample that is kept outside the repository; undefined if it is not there, which is said. */
export function sharedPath(name: string): string | undefined {
  const root = resolve(import.meta.dirname, "../..");
  const path = join(process.env["COUNTERSIGN_SHARED_VECTORS"] ?? join(root, "../shared/vectors"), name);
  if (existsSync(path)) return path;
  process.stderr.write(`skipped: known answers are not at ${path}; set COUNTERSIGN_SHARED_VECTORS\n`);
  return undefined;
}
