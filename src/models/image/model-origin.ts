import { createHash } from "node:crypto";
import { IntegrityError } from "../hashing/index.ts";
import { nameUuid } from "./name-uuid.ts";

/** Where a model is from and which state of it this is. */
export interface ModelOrigin {
  /** For example `organisation/model`. */
  readonly source: string;
  /** For example a commit. */
  readonly revision: string;
}

/** What makes the image of one model differ from that of another with the same files. */
export interface ImageLabels {
  /** 32 bytes. */
  readonly salt: Uint8Array;
  /** 16 bytes; of the file system and of the hash tree. */
  readonly uuid: Uint8Array;
}

/**
 * @returns undefined if neither is given
 * @throws IntegrityError `refused` if only one is, or one is not printable ASCII without spaces
 */
export function modelOrigin(source: string | undefined, revision: string | undefined): ModelOrigin | undefined {
  if (source === undefined && revision === undefined) return undefined;
  if (source === undefined || revision === undefined) {
    throw new IntegrityError(
      "refused",
      "source and revision belong together: a name alone does not say which state of it",
    );
  }
  for (const [name, value] of Object.entries({ source, revision })) {
    if (!/^[!-~]{1,256}$/.test(value)) {
      throw new IntegrityError("refused", `the ${name} is 1 to 256 printable ASCII characters without spaces`);
    }
  }
  return { source, revision };
}

/**
 * Salt and UUID as modelwrap derives them: the salt is the SHA-256 of `source@revision`, the UUID that of the name
 * `source@revision-inner`. For files of unknown origin, `sha256:<digest of their manifest>` takes its place.
 */
export function imageLabels(origin: ModelOrigin | undefined, manifestDigest: string): ImageLabels {
  const label = origin === undefined ? `sha256:${manifestDigest}` : `${origin.source}@${origin.revision}`;
  const salt = new Uint8Array(createHash("sha256").update(label).digest());
  return { salt, uuid: nameUuid(`${label}-inner`) };
}
