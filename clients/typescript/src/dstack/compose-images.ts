import { CheckFailure } from "../verdict/index.ts";
import { composeLines } from "./compose-lines.ts";

/** What a compose file starts. */
export interface ComposeImages {
  /** How many images it names, each by digest. */
  readonly count: number;
  /** Whether a container may do what its host may. */
  readonly privileged: boolean;
}

/** An image reference with a digest, without variables. */
const PINNED = /^[A-Za-z0-9][A-Za-z0-9._:/-]*@sha256:[0-9a-f]{64}$/;

/** Keys that bring in what the file itself does not pin. */
const FOREIGN: ReadonlySet<string> = new Set(["build", "extends", "include", "models", "provider"]);

/**
 * Reads which images a compose file starts, and refuses it unless each is pinned by digest. The keys are judged wherever
 * they stand, so no reading of the file's structure can hide one; an unrelated entry of the same name is refused, too.
 *
 * @throws CheckFailure that names the line
 */
export function readComposeImages(text: string): ComposeImages {
  let count = 0;
  let privileged = false;
  for (const { number, key, value } of composeLines(text)) {
    if (key === "image") {
      if (!PINNED.test(value)) throw unpinned(`line ${number} of the compose file names an image without its digest`);
      count += 1;
    } else if (key !== undefined && FOREIGN.has(key)) {
      throw unpinned(`line ${number} of the compose file brings in what no digest pins (${key})`);
    } else if (key === "type" && value === "image") {
      throw unpinned(`line ${number} of the compose file mounts an image`);
    } else if (key === "privileged" && value !== "false") {
      privileged = true;
    }
  }
  if (count === 0) throw unpinned("the compose file names no image");
  return { count, privileged };
}

function unpinned(what: string): CheckFailure {
  return new CheckFailure(what, "reference every image as name@sha256:…, and nothing that is built or included");
}
