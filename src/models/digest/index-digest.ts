import { IntegrityError, openStable, quoted } from "../hashing/index.ts";
import { hashFile } from "./file-digest.ts";
import { modelFiles } from "./model-tree.ts";

/** The file of a safetensors model that says which weight is in which file. */
export const INDEX_NAME = "model.safetensors.index.json";

/** An index has some hundred kilobytes. Bytes. */
const LARGEST_INDEX = 256 * 1024 * 1024;

/**
 * SHA-256, lower-case hex, of a model's index. It says nothing about the weights.
 *
 * @throws IntegrityError `malformed` if the directory has none
 */
export function indexDigest(directory: string): string {
  const index = modelFiles(directory).find(({ name }) => name.toString() === INDEX_NAME);
  if (index === undefined) throw new IntegrityError("malformed", `${quoted(directory)} has no ${INDEX_NAME}`);
  using file = openStable(index.path);
  if (file.size > LARGEST_INDEX) throw new IntegrityError("malformed", `${INDEX_NAME} is larger than 256 MiB`);
  const digest = hashFile(file);
  file.confirmUnchanged();
  return digest;
}
