import { execFileSync } from "node:child_process";
import { constants, watch } from "node:fs";
import { type FileHandle, open, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach } from "vitest";
import { unsignedQuote } from "./quote-fixture.ts";
import { temporaryFolder } from "./scripted-agent.ts";

/** What a stand-in for the kernel answers to one request; everything it leaves out is answered as Linux would. */
export interface KernelAnswers {
  readonly provider?: string;
  readonly outblob?: (inblob: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  /** Generation before the request, and after it. */
  readonly generations?: readonly [string, string];
}

export interface FifoKernel {
  readonly root: string;
  /** What came with the first write to inblob, by request. */
  readonly inputs: readonly Uint8Array[];
}

const ATTRIBUTES = ["generation", "inblob", "provider", "outblob"];

const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

/**
 * A directory in which every new entry gets named pipes for attributes, so that each read and write meets its answer,
 * in the order in which a client has to make them; another order never ends. Before the last answer the attributes
 * are removed, as the kernel does at rmdir.
 *
 * @param answers for each request in turn; the last one for all that follow
 */
export function fifoKernel(...answers: readonly [KernelAnswers, ...KernelAnswers[]]): FifoKernel {
  const root = temporaryFolder();
  const inputs: Uint8Array[] = [];
  const stop = new AbortController();
  stops.push(stop);

  /** Without blocking a thread: a client that fails never comes. */
  const writer = async (path: string): Promise<FileHandle> => {
    for (;;) {
      try {
        return await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
      } catch {
        await delay(1, undefined, { signal: stop.signal });
      }
    }
  };
  const serve = async (name: string, answer: KernelAnswers): Promise<void> => {
    const [before, after] = answer.generations ?? ["7", "8"];
    const path = (attribute: string): string => join(root, name, attribute);
    const reply = async (attribute: string, content: string | Uint8Array): Promise<void> => {
      const file = await writer(path(attribute));
      await file.writeFile(content);
      await file.close();
    };
    execFileSync("mkfifo", ATTRIBUTES.map(path));
    await reply("generation", `${before}\n`);
    const inblob = await open(path("inblob"), constants.O_RDWR);
    const { bytesRead, buffer } = await inblob.read(Buffer.alloc(4096));
    await inblob.close();
    const input = new Uint8Array(buffer.subarray(0, bytesRead));
    inputs.push(input);
    await reply("provider", `${answer.provider ?? "tdx_guest"}\n`);
    await reply("outblob", (await answer.outblob?.(input)) ?? unsignedQuote(input));
    const last = await writer(path("generation"));
    for (const attribute of ATTRIBUTES) await unlink(path(attribute));
    await last.writeFile(`${after}\n`);
    await last.close();
  };

  const seen = new Set<string>();
  const scan = async (): Promise<void> => {
    for (const name of await readdir(root).catch(() => [])) {
      if (seen.has(name)) continue;
      const answer = answers[Math.min(seen.size, answers.length - 1)];
      seen.add(name);
      if (answer !== undefined) serve(name, answer).catch(() => undefined);
    }
  };
  watch(root, { signal: stop.signal }, () => void scan()).on("error", () => undefined);
  return { root, inputs };
}
