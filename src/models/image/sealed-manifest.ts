import { bytesToHex } from "@noble/hashes/utils.js";
import { IntegrityError } from "../hashing/index.ts";
import { formatIdentity, parseIdentity, type VerityIdentity } from "../verity/index.ts";
import type { ModelImage } from "./model-image.ts";
import type { ModelOrigin } from "./model-origin.ts";
import { uuidText } from "./name-uuid.ts";

const FORMAT = "countersign.sealed-model.v1";

/** A model in an image with its hash tree behind it. */
export interface SealedModel {
  readonly origin: ModelOrigin | undefined;
  readonly identity: VerityIdentity;
  readonly image: Omit<ModelImage, "path">;
}

/**
 * The manifest as JSON text, without times or paths of the machine that made it: the same input gives the same text.
 * The identity commits to the image; the rest says how to make it again.
 */
export function writeSealedManifest(model: SealedModel): string {
  const { identity, image, origin } = model;
  const { files, labels } = image;
  const document = {
    format: FORMAT,
    identity: formatIdentity(identity),
    ...origin,
    verity: {
      root_hash: bytesToHex(identity.rootHash),
      algorithm: identity.algorithm,
      hash_type: identity.hashType,
      data_block_size: identity.dataBlockSize,
      hash_block_size: identity.hashBlockSize,
      data_blocks: identity.dataBlocks,
      salt: bytesToHex(identity.salt),
      uuid: uuidText(labels.uuid),
      hash_offset: identity.dataBlocks * identity.dataBlockSize,
    },
    image: { format: image.format, tools: image.tools, excluded: files.excluded },
    files: {
      sha256: files.digest,
      count: files.entries.length,
      bytes: files.bytes,
      list: files.entries.map(({ name, size, sha256 }) => ({ name: name.toString(), size, sha256 })),
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * The identity that a manifest names. Nothing else of it is believed.
 *
 * @param text attacker-controlled, its length bounded by the caller
 * @throws IntegrityError `malformed`
 */
export function sealedIdentity(text: string): VerityIdentity {
  const document = parsed(text);
  if (typeof document !== "object" || document === null) throw malformed("is no JSON object");
  if (!("format" in document) || document.format !== FORMAT) throw malformed(`does not have the format ${FORMAT}`);
  if (!("identity" in document) || typeof document.identity !== "string") throw malformed("has no identity");
  return parseIdentity(document.identity);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("is no JSON");
  }
}

function malformed(what: string): IntegrityError {
  return new IntegrityError("malformed", `the manifest ${what}`);
}
