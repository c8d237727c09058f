import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { MAX_QUOTE_BYTES } from "@countersign/client/quote";
import { TeeError } from "../tee-error.ts";

/** One directory under `report`: a request of its own (Linux, Documentation/ABI/testing/configfs-tsm-report). */
export interface ReportEntry {
  /** How often the entry has been written to. */
  generation(): Promise<number>;
  /** Name of what makes the reports, for example `tdx_guest`. */
  provider(): Promise<string>;
  /** One write and one close: the attribute reaches the driver when it is closed. */
  writeInput(bytes: Uint8Array): Promise<void>;
  /** The report. Reading makes it. */
  readOutput(): Promise<Uint8Array>;
}

/** Longest text attribute that is read. Bytes. */
const MAX_TEXT_BYTES = 64;
/** An attribute's size is not known beforehand: what stat says is not to be trusted. Bytes. */
const READ_BYTES = 32 * 1024;
/** How long a directory may take to be filled. The kernel fills it within mkdir; a stand-in needs a moment. */
const APPEAR_POLL_MS = 5;
const APPEAR_POLLS = 400;

export function reportEntry(directory: string): ReportEntry {
  return {
    async generation() {
      const text = await readText(directory, "generation");
      if (!/^\d{1,10}$/.test(text)) throw new TeeError("tee.malformed", "configfs-tsm: generation is not a number");
      return Number(text);
    },
    provider: () => readText(directory, "provider"),
    async writeInput(bytes) {
      const file = await openAttribute(directory, "inblob", constants.O_WRONLY);
      let written: number;
      try {
        ({ bytesWritten: written } = await file.write(bytes));
      } finally {
        await file.close();
      }
      if (written !== bytes.length) throw new TeeError("tee.refused", "configfs-tsm: inblob took a part of the bytes");
    },
    async readOutput() {
      const output = await readAll(directory, "outblob", MAX_QUOTE_BYTES);
      if (output.length === 0) throw new TeeError("tee.malformed", "configfs-tsm: outblob is empty");
      return output;
    },
  };
}

async function readText(directory: string, attribute: string): Promise<string> {
  return (await readAll(directory, attribute, MAX_TEXT_BYTES)).toString("latin1").trimEnd();
}

/** Reads until the end is reported. What stands there is the host's or driver's word, so it is bounded. */
async function readAll(directory: string, attribute: string, limit: number): Promise<Buffer> {
  const file = await openAttribute(directory, attribute, constants.O_RDONLY);
  try {
    const pieces: Buffer[] = [];
    let length = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, null);
      if (bytesRead === 0) return Buffer.concat(pieces, length);
      length += bytesRead;
      if (length > limit) {
        throw new TeeError("tee.malformed", `configfs-tsm: ${attribute} has more than ${limit} bytes`);
      }
      pieces.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

async function openAttribute(directory: string, attribute: string, flags: number): Promise<FileHandle> {
  for (let poll = 0; ; poll++) {
    try {
      return await open(join(directory, attribute), flags);
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      if (!missing || poll === APPEAR_POLLS) throw error;
      await delay(APPEAR_POLL_MS);
    }
  }
}
