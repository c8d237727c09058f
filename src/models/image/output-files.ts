import { existsSync, linkSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { errnoOf, IntegrityError, quoted } from "../hashing/index.ts";

/** Files that appear together, complete, or not at all. */
export interface OutputFiles extends Disposable {
  /** A directory beside the outputs, gone with this. */
  readonly scratch: string;
  /** Gives the files made in `scratch` their names. @throws IntegrityError `refused` if a name is taken, `io` */
  publish(files: readonly OutputFile[]): void;
}

export interface OutputFile {
  /** Within `scratch`. */
  readonly made: string;
  /** Its final name, in the directory that holds `scratch`. */
  readonly path: string;
}

/**
 * @param path the main output; others go to the same directory
 * @param overwrite whether files that are there already are replaced
 */
export function outputFiles(path: string, overwrite: boolean): OutputFiles {
  const scratch = scratchBeside(path);
  return {
    scratch,
    publish(files) {
      const published: string[] = [];
      try {
        for (const { made, path: name } of files) {
          if (overwrite) renameSync(made, name);
          else linkSync(made, name);
          published.push(name);
        }
      } catch (error) {
        // A link fails if its name has been taken meanwhile. What this call added goes; what it replaced is replaced.
        if (!overwrite) for (const name of published) rmSync(name, { force: true });
        const reason = errnoOf(error);
        if (reason === "EEXIST") throw new IntegrityError("refused", "an output has come into existence meanwhile");
        throw new IntegrityError("io", `the output cannot be put in place (${reason})`);
      }
    },
    [Symbol.dispose]: () => rmSync(scratch, { recursive: true, force: true }),
  };
}

/** Throws IntegrityError `refused` if one of these exists. */
export function refuseExisting(paths: readonly string[]): void {
  for (const path of paths) {
    if (existsSync(path)) throw new IntegrityError("refused", `${quoted(path)} exists already; --force replaces it`);
  }
}

function scratchBeside(path: string): string {
  try {
    return mkdtempSync(join(dirname(path), `.${basename(path)}.`));
  } catch (error) {
    throw new IntegrityError("not_found", `nothing can be written beside ${quoted(path)} (${errnoOf(error)})`);
  }
}
