import { type BigIntStats, type Dirent, lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { errnoOf, type FilePath, IntegrityError, quoted } from "../hashing/index.ts";

/** One file that a program finds in a model's directory. */
export interface ModelFile {
  /** From the directory on, parts separated by `/`: bytes, which need not be UTF-8. */
  readonly name: Buffer;
  /** The file itself: what the name leads to when all symbolic links are followed. */
  readonly path: Buffer;
}

/** A model has a few hundred files; the bounds keep a hostile tree from filling the memory. */
const MOST_ENTRIES = 100_000;
const GREATEST_DEPTH = 32;

const SLASH = Buffer.from("/");

/**
 * All files below a directory, in the order of their names' bytes. Empty directories leave no trace. A symbolic link
 * counts as the file it leads to, which must be in the directory; a link that leaves it, a link to a directory, and
 * anything that is neither file nor directory is refused.
 *
 * @param excluded names that are left out, in the directory itself only
 * @throws IntegrityError `not_found`, `malformed`
 */
export function modelFiles(directory: string, excluded: readonly string[] = []): readonly ModelFile[] {
  const root = realDirectory(directory);
  const files: ModelFile[] = [];
  let entries = 0;

  const walk = (path: Buffer, prefix: Buffer, depth: number): void => {
    if (depth > GREATEST_DEPTH) throw malformed(prefix, `lies deeper than ${GREATEST_DEPTH} directories`);
    for (const entry of entriesOf(path)) {
      if (++entries > MOST_ENTRIES) throw new IntegrityError("malformed", `there are more than ${MOST_ENTRIES} files`);
      if (depth === 0 && excluded.includes(entry.name.toString())) continue;
      const name = prefix.length === 0 ? entry.name : Buffer.concat([prefix, SLASH, entry.name]);
      const entryPath = Buffer.concat([path, SLASH, entry.name]);
      if (entry.isDirectory()) walk(entryPath, name, depth + 1);
      else if (entry.isFile()) files.push({ name, path: entryPath });
      else if (entry.isSymbolicLink()) files.push({ name, path: linkedFile(entryPath, name, root) });
      else throw malformed(name, "is neither a file nor a directory");
    }
  };
  walk(root, Buffer.alloc(0), 0);
  if (files.length === 0) throw new IntegrityError("malformed", `${quoted(directory)} holds no files`);
  return files.sort((one, other) => Buffer.compare(one.name, other.name));
}

function realDirectory(directory: string): Buffer {
  try {
    const root = realpathSync.native(directory, { encoding: "buffer" });
    if (!statSync(root).isDirectory()) throw new IntegrityError("malformed", `${quoted(directory)} is not a directory`);
    return root;
  } catch (error) {
    if (error instanceof IntegrityError) throw error;
    throw new IntegrityError("not_found", `${quoted(directory)} cannot be read (${errnoOf(error)})`);
  }
}

function entriesOf(path: Buffer): Dirent<Buffer>[] {
  try {
    return readdirSync(path, { encoding: "buffer", withFileTypes: true });
  } catch (error) {
    throw new IntegrityError("io", `${quoted(path)} cannot be listed (${errnoOf(error)})`);
  }
}

function linkedFile(path: Buffer, name: FilePath, root: Buffer): Buffer {
  let target: Buffer;
  let stats: BigIntStats;
  try {
    target = realpathSync.native(path, { encoding: "buffer" });
    stats = lstatSync(target, { bigint: true });
  } catch (error) {
    throw malformed(name, `is a symbolic link that leads nowhere (${errnoOf(error)})`);
  }
  const inside = Buffer.concat([root, SLASH]);
  if (Buffer.compare(target.subarray(0, inside.length), inside) !== 0) {
    throw malformed(name, "is a symbolic link out of the directory; put the file itself there");
  }
  if (!stats.isFile()) throw malformed(name, "is a symbolic link to something that is not a file");
  return target;
}

function malformed(name: FilePath, what: string): IntegrityError {
  return new IntegrityError("malformed", `${quoted(name)} ${what}`);
}
