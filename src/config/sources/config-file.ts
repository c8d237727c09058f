import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseDocument } from "yaml";
import type { ConfigProblem } from "../config-error.ts";
import { nested } from "../kind.ts";
import { secretFileNames, settingNames } from "../setting.ts";
import { type SettingEntry, settingEntries } from "../settings.ts";
import type { Source } from "../source.ts";
import { didYouMean } from "../suggestion.ts";
import { quote, quoteName, type Reading, ReadingBuilder } from "./assignment.ts";
import { decodeUtf8, type ReadFile } from "./read-file.ts";
import { assignSecretFile } from "./secret-file.ts";

/** Far more than every setting written out; duplicate detection in the parser takes time in the square of the keys. */
const largestConfigFile = 32 * 1024;

/** Where each key of the file leads: a section, a setting, or the file that holds a secret setting. */
type Target = { readonly kind: "section" } | SettingTarget;
type SettingTarget = { readonly kind: "setting" | "secretFile"; readonly entry: SettingEntry };

const targets = new Map<string, Target>();
for (const entry of settingEntries) {
  const names = settingNames(entry.path);
  const [section, inner] = names.key.split(".");
  if (section !== undefined && inner !== undefined) targets.set(section, { kind: "section" });
  targets.set(names.key, { kind: "setting", entry });
  if (entry.setting.kind.secret) targets.set(secretFileNames(names).key, { kind: "secretFile", entry });
}
const knownKeys = [...targets.keys()];

/** What the configuration file says. */
export interface FileReading extends Reading {
  /** False when the file could not be read as a whole: nothing follows from what it does not say. */
  readonly complete: boolean;
}

/** Reads `countersign.yaml`: plain YAML 1.2, mappings of known keys only, no anchors, no tags, one document. */
export function readConfigFile(path: string, namedBy: Source, readFile: ReadFile): FileReading {
  const reading = new ReadingBuilder();
  const read = readFile(path, largestConfigFile);
  const text = "refused" in read ? undefined : decodeUtf8(read.bytes);
  if (text === undefined) {
    const reason = "refused" in read ? read.refused : "is not UTF-8";
    const message = `configuration file ${quote(path)} ${reason}.`;
    reading.problems.push({ code: "file_unreadable", key: "config", source: namedBy, message });
    return { assignments: reading.assignments, problems: reading.problems, complete: false };
  }

  const lines = new LineCounter();
  const sourceAt = (offset: number): Source => ({ from: "file", path, line: lines.linePos(offset).line });
  // prettyErrors would put lines of the file, secrets included, into the messages.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: "1.2", schema: "core" });
  const faults = [...document.errors, ...document.warnings];
  for (const fault of faults) {
    const duplicate = fault.code === "DUPLICATE_KEY";
    const message = duplicate
      ? "a key is given twice here."
      : "this is not YAML as it is read here: check indentation, quotes and brackets, and that there are no tags.";
    const code = duplicate ? "duplicate" : "file_syntax";
    reading.problems.push({ code, key: "config", source: sourceAt(fault.pos[0]), message });
  }
  // After a syntax error the tree is the parser's guess, and what it says about keys may be misleading.
  if (faults.length === 0) readRoot(document, { reading, sourceAt, readFile });
  return { assignments: reading.assignments, problems: reading.problems, complete: faults.length === 0 };
}

interface Walk {
  readonly reading: ReadingBuilder;
  readonly sourceAt: (offset: number) => Source;
  readonly readFile: ReadFile;
}

function readRoot(document: Document, walk: Walk): void {
  const { contents } = document;
  // An empty file, or one of comments only, says nothing, which is allowed.
  if (contents === null || (isScalar(contents) && contents.value === null)) return;
  if (!isMap(contents)) {
    const message = "the file is not a mapping of keys to values.";
    walk.reading.problems.push({
      code: "file_syntax",
      key: "config",
      source: walk.sourceAt(offset(contents)),
      message,
    });
    return;
  }
  for (const pair of contents.items) readPair(pair, "", walk);
}

function readPair({ key: keyNode, value }: Pair, prefix: string, walk: Walk): void {
  const source = walk.sourceAt(offset(keyNode));
  const name = isScalar(keyNode) ? String(keyNode.value) : "?";
  const key = `${prefix}${name}`;
  const report = (code: ConfigProblem["code"], message: string): void => {
    walk.reading.problems.push({ code, key: quoteName(key), source, message });
  };
  const target = targets.get(key);
  if (holdsReference(keyNode) || holdsReference(value)) {
    report("file_syntax", "anchors, aliases and tags are not accepted; write the value out.");
  } else if (name.includes(".")) {
    report("unknown_key", "keys are nested: what stands after the dot belongs on a line of its own, indented.");
  } else if (target === undefined) {
    report("unknown_key", `there is no such key.${didYouMean(key, knownKeys)}`);
  } else if (target.kind !== "section") {
    readSetting(target, value, source, walk);
  } else if (isMap(value)) {
    for (const inner of value.items) readPair(inner, `${key}.`, walk);
  } else if (!isNull(value)) {
    // A section whose keys are all commented out is empty, which is allowed.
    report("invalid_value", "this is a section: its keys stand below it, indented.");
  }
}

function readSetting(target: SettingTarget, value: unknown, source: Source, walk: Walk): void {
  const { entry } = target;
  const { key } = settingNames(entry.path);
  if (walk.reading.assignments.some(({ path }) => path === entry.path)) {
    const message = `${key} and ${secretFileNames(settingNames(entry.path)).key} are both given; keep one of them.`;
    walk.reading.refuse(entry.path, { code: "conflict", key, source, message });
  } else if (isNull(value)) {
    walk.reading.refuse(entry.path, { code: "missing_value", key, source, message: "the key has no value." });
  } else if (target.kind === "setting") {
    const parsed = entry.setting.kind.fromYaml(plainValue(value));
    const written = isScalar(value) ? (value.source ?? String(value.value)) : undefined;
    walk.reading.assign(entry, written === undefined ? { source, parsed } : { source, parsed, written });
  } else if (isScalar(value) && typeof value.value === "string") {
    assignSecretFile(walk.reading, entry, source, value.value, walk.readFile);
  } else {
    walk.reading.refuse(entry.path, { code: "invalid_value", key, source, message: "the file's path is not text." });
  }
}

/** Scalars as they are; lists of scalars; everything deeper as the symbol `nested`, so that depth is never walked. */
function plainValue(node: unknown): unknown {
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item) => (isScalar(item) && !holdsReference(item) ? item.value : nested));
  return nested;
}

function isNull(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function holdsReference(node: unknown): boolean {
  if (isAlias(node)) return true;
  return isNode(node) && (node.tag !== undefined || ("anchor" in node && node.anchor !== undefined));
}

function offset(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
