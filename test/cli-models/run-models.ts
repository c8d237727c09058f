import { type ChildProcess, execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { models } from "../../src/cli/models/index.ts";

/** What a run of the command came to. */
export interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

const PROGRAM = fileURLToPath(new URL("../../bin/countersign.js", import.meta.url));

/** Runs `countersign models` as users do: in a process of its own. */
export function modelsProcess(...argv: readonly string[]): Promise<Run> {
  return startModels(...argv).ended;
}

/** The same, for those who want to disturb it. */
export function startModels(...argv: readonly string[]): {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
} {
  const { promise, resolve } = Promise.withResolvers<Run>();
  const env = { PATH: process.env["PATH"] };
  const child = execFile(
    process.execPath,
    [PROGRAM, "models", ...argv],
    { env, timeout: 20_000 },
    (error, out, err) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ status, out, err });
    },
  );
  return { child, ended: promise };
}

/** Runs it in this process, which is faster. */
export async function modelsHere(...argv: readonly string[]): Promise<Run> {
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
    return { status: await models(argv), out, err };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
