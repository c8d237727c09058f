import { execFile } from "node:child_process";
import { chmodSync, constants, copyFileSync, linkSync, lstatSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ModelFile } from "../digest/index.ts";
import { errnoOf, IntegrityError, quoted } from "../hashing/index.ts";
import { uuidText } from "./name-uuid.ts";

const PROGRAM = "mkfs.erofs";
/** mkfs.erofs takes settings from its environment, such as SOURCE_DATE_EPOCH. */
const ENVIRONMENT = { PATH: process.env["PATH"] ?? "", LC_ALL: "C" };

/** The version of mkfs.erofs, on which the bytes of an image depend; undefined if it is not installed. */
export function erofsVersion(): Promise<string | undefined> {
  return new Promise((done) => {
    execFile(PROGRAM, ["--version"], { env: ENVIRONMENT, timeout: 10_000 }, (error, out, err) => {
      const missing = error !== null && error.code === "ENOENT";
      const version = /mkfs\.erofs\s+(?:\(erofs-utils\)\s+)?v?(\d[\w.+-]{0,40})/.exec(`${out}\n${err}`)?.[1];
      done(missing ? undefined : (version ?? "unknown"));
    });
  });
}

/**
 * Puts a model's files below a new directory in the one form that gives one image: files 0644 and directories 0755
 * whatever the umask, links resolved. Files are linked where that changes nothing, and copied where it would; a copy
 * shares its blocks if the file system can do that.
 *
 * @throws IntegrityError `io`
 */
export function stageFiles(files: readonly ModelFile[], directory: string): void {
  const linked = new Set<bigint>();
  makeDirectory(directory);
  const made = new Set([directory]);
  for (const { name, path } of files) {
    const target = join(directory, name.toString());
    for (const parent of missingParents(target, made)) makeDirectory(parent);
    try {
      const { mode, ino } = lstatSync(path, { bigint: true });
      // mkfs.erofs stores a file once that has two names in the tree, which would show in the image.
      const linkable = (mode & 0o7777n) === 0o644n && !linked.has(ino) && link(path, target);
      if (linkable) linked.add(ino);
      else copy(path, target);
    } catch (error) {
      throw new IntegrityError("io", `${quoted(name)} cannot be staged for the image (${errnoOf(error)})`);
    }
  }
}

function makeDirectory(path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o755);
}

/** Directories above `target` that have not been made yet, the highest first. */
function missingParents(target: string, made: Set<string>): string[] {
  const missing: string[] = [];
  for (let parent = dirname(target); !made.has(parent); parent = dirname(parent)) missing.unshift(parent);
  for (const parent of missing) made.add(parent);
  return missing;
}

/** Another file system has no links to this one, and the kernel may forbid links to other users' files. */
function link(path: Buffer, target: string): boolean {
  try {
    linkSync(path, target);
    return true;
  } catch {
    return false;
  }
}

function copy(path: Buffer, target: string): void {
  copyFileSync(path, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  chmodSync(target, 0o644);
}

/**
 * Makes an EROFS image of a staged directory: everything owned by root, all times zero, no extended attributes, no
 * compression.
 *
 * @throws IntegrityError `tool`, `aborted`
 */
export function makeErofs(
  directory: string,
  image: string,
  uuid: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const argv = ["--quiet", "--all-root", "-T0", "-x-1", `-U${uuidText(uuid)}`, image, directory];
  return new Promise((done, fail) => {
    execFile(PROGRAM, argv, { env: ENVIRONMENT, signal, maxBuffer: 1024 * 1024 }, (error) => {
      if (error === null) done();
      else if (signal?.aborted === true) fail(new IntegrityError("aborted", "given up while the image was made"));
      else fail(new IntegrityError("tool", `${PROGRAM} failed (${String(error.code ?? error.signal ?? "no status")})`));
    });
  });
}
