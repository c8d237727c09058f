import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../../observe/index.ts";
import { ARGUMENT_NAMES, readArgument, TASKS, type Task } from "../engine-process/index.ts";
import type { LoadSpec } from "./load-spec.ts";
import { DIGEST_KINDS, type ModelDigest } from "./model-digest.ts";

/** What outlasts a restart: how many loads there were, and what should run. */
export interface LastLoads {
  /** The number of the next load, noted before it is returned. Numbers never come twice in one state directory. */
  nextGeneration(): number;
  /** Notes what should run in an instance; undefined: nothing. */
  note(task: Task, spec: LoadSpec | undefined): void;
  /** What should run, as noted by an earlier process. Undefined if nothing was ever noted. */
  readonly restored: ReadonlyMap<Task, LoadSpec> | undefined;
}

const FILE = "last-loads.json";
/** Largest file that is read. Bytes. */
const MAX_FILE_BYTES = 64 << 10;
const MAX_NAME_LENGTH = 256;

interface Noted {
  readonly generation: number;
  readonly loads: ReadonlyMap<Task, LoadSpec>;
}

/**
 * Notes of the state directory. They hold names and arguments, no secrets. A file that cannot be read is reported, and
 * the gateway starts with nothing loaded. A file that cannot be written is reported and does not stop a load.
 */
export function lastLoads(directory: string, log: Logger): LastLoads {
  const path = join(directory, FILE);
  const found = read(path, log);
  let generation = found?.generation ?? 0;
  const loads = new Map<Task, LoadSpec>(found?.loads);

  function write(): void {
    const value = {
      version: 1,
      generation,
      loads: Object.fromEntries([...loads].map(([task, spec]) => [task, written(spec)])),
    };
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const next = `${path}.next`;
      const file = openSync(next, "w", 0o600);
      try {
        writeSync(file, JSON.stringify(value));
        // The name must never stand for an empty file: the bytes first, then the name.
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(next, path);
    } catch (error) {
      log.fault("last load not noted", error);
    }
  }

  return {
    nextGeneration() {
      generation++;
      write();
      return generation;
    },
    note(task, spec) {
      if (spec === undefined) loads.delete(task);
      else loads.set(task, spec);
      write();
    },
    restored: found?.loads,
  };
}

/** The digest a load was bound to binds it after a restart too. */
function written({ model, source, arguments: given, expectedDigest }: LoadSpec): object {
  const expected =
    expectedDigest === undefined
      ? {}
      : { expected: { kind: expectedDigest.kind, value: Buffer.from(expectedDigest.value).toString("hex") } };
  return { model, source, arguments: given, ...expected };
}

function read(path: string, log: Logger): Noted | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT"))
      log.fault("last load unreadable", error);
    return undefined;
  }
  const noted = text.length > MAX_FILE_BYTES ? undefined : parse(text);
  if (noted === undefined) {
    log.warn("last load unreadable", { note: "the file of the last load is damaged; no model is loaded from it" });
    return { generation: 0, loads: new Map() };
  }
  return noted;
}

/** Strict: whatever is not as it was written makes the whole file unreadable. */
function parse(text: string): Noted | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { version, generation, loads } = fields(value) ?? {};
  if (version !== 1 || !Number.isSafeInteger(generation) || Number(generation) < 0) return undefined;
  const entries = fields(loads);
  if (entries === undefined) return undefined;
  const read = new Map<Task, LoadSpec>();
  for (const [task, entry] of Object.entries(entries)) {
    const spec = parseSpec(entry);
    if (spec === undefined || !TASKS.some((known) => known === task)) return undefined;
    read.set(task as Task, spec);
  }
  return { generation: Number(generation), loads: read };
}

function parseSpec(value: unknown): LoadSpec | undefined {
  const { model, source, arguments: given, expected } = fields(value) ?? {};
  const expectedDigest = expected === undefined ? undefined : parseDigest(expected);
  if (expected !== undefined && expectedDigest === undefined) return undefined;
  const texts = fields(given);
  if (!isName(model) || !isName(source) || texts === undefined) return undefined;
  const read: Record<string, string> = {};
  for (const [name, text] of Object.entries(texts)) {
    const known = ARGUMENT_NAMES.find((candidate) => candidate === name);
    const outcome = known === undefined || typeof text !== "string" ? undefined : readArgument(known, text);
    if (outcome === undefined || !("value" in outcome)) return undefined;
    read[name] = outcome.value;
  }
  return { model, source, arguments: read, expectedDigest };
}

function parseDigest(value: unknown): ModelDigest | undefined {
  const { kind, value: hex } = fields(value) ?? {};
  const known = DIGEST_KINDS.find((candidate) => candidate === kind);
  if (known === undefined || typeof hex !== "string" || !/^(?:[0-9a-f]{64})?$/.test(hex)) return undefined;
  return { kind: known, value: new Uint8Array(Buffer.from(hex, "hex")) };
}

function fields(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME_LENGTH;
}
