import { CheckFailure } from "@countersign/client/verdict";
import { readInputFile, textOf } from "./input-file.ts";
import { jsonObject } from "./json-file.ts";

/** A document in base64, with what NVIDIA's service says beside it. Bytes. */
const LARGEST_FILE = 256 * 1024;

/**
 * A reference document: XML as it was signed, or the JSON of NVIDIA's service, which holds it as `rim` in base64. What
 * else the JSON says is passed over, because only the document is signed.
 *
 * @returns the document's bytes
 * @throws UsageError if there is no such file, CheckFailure malformed if it cannot be read
 */
export function readRimFile(path: string): Uint8Array {
  const bytes = readInputFile(path, LARGEST_FILE);
  const text = textOf(bytes);
  if (!text?.trimStart().startsWith("{")) return bytes;
  const { rim } = jsonObject(text);
  if (typeof rim !== "string") throw CheckFailure.malformed("the JSON object has no text as its member rim");
  const document = Buffer.from(rim, "base64");
  // Node skips what is not base64; only the text that comes back the same was it.
  if (document.toString("base64") !== rim) throw CheckFailure.malformed("the member rim is not base64");
  return new Uint8Array(document);
}
