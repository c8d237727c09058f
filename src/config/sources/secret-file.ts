import { settingNames } from "../setting.ts";
import type { SettingEntry } from "../settings.ts";
import type { Source } from "../source.ts";
import { quote, type ReadingBuilder } from "./assignment.ts";
import { decodeUtf8, type ReadFile } from "./read-file.ts";

/** Larger than every secret this gateway takes. */
const largestSecretFile = 1024 * 1024;

/** Reads a secret from a file of its own, as mounted by container platforms: one trailing line break is not part of it. */
export function assignSecretFile(
  reading: ReadingBuilder,
  entry: SettingEntry,
  source: Source,
  path: string,
  readFile: ReadFile,
): void {
  const { key } = settingNames(entry.path);
  const read = readFile(path, largestSecretFile);
  if ("refused" in read) {
    reading.refuse(entry.path, {
      code: "file_unreadable",
      key,
      source,
      message: `file ${quote(path)} ${read.refused}.`,
    });
    return;
  }
  const text = decodeUtf8(read.bytes);
  if (text === undefined) {
    reading.refuse(entry.path, { code: "file_unreadable", key, source, message: `file ${quote(path)} is not UTF-8.` });
    return;
  }
  reading.assign(entry, { source, parsed: entry.setting.kind.fromText(text.replace(/\r?\n$/, "")) });
}
