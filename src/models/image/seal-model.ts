import { realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { bytesToHex } from "@noble/hashes/utils.js";
import { errnoOf, IntegrityError, quoted } from "../hashing/index.ts";
import { appendTree } from "./image-tree.ts";
import { type ImageFormat, makeImage } from "./model-image.ts";
import { modelOrigin } from "./model-origin.ts";
import { newFile } from "./new-file.ts";
import { outputFiles, refuseExisting } from "./output-files.ts";
import { type SealedModel, writeSealedManifest } from "./sealed-manifest.ts";

export interface SealRequest {
  readonly directory: string;
  /** The image; `<out>.roothash` and `<out>.manifest.json` appear beside it. */
  readonly out: string;
  /** See ModelOrigin. Given together with `revision`, or not at all. */
  readonly source: string | undefined;
  readonly revision: string | undefined;
  /** Default: erofs where mkfs.erofs is installed, else tar. */
  readonly format: ImageFormat | undefined;
  /** Whether outputs that exist are replaced. */
  readonly overwrite: boolean;
  /** What is being done, with the bytes done and all bytes of it where they are known. */
  readonly onProgress: (stage: SealStage, bytes?: number, total?: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export type SealStage = "hashing files" | "making the image" | "hashing blocks";

/** The files that hold a sealed model. */
export interface SealedFiles {
  readonly model: SealedModel;
  readonly image: string;
  /** The root hash in hex. */
  readonly rootHashFile: string;
  readonly manifestFile: string;
}

/**
 * Makes an image of a model with its hash tree behind it, in the way of modelwrap: the same files, source and revision
 * give the same bytes, whatever the files' times, modes, owners and order. The outputs appear complete or not at all.
 *
 * @throws IntegrityError
 */
export async function sealModel(request: SealRequest): Promise<SealedFiles> {
  const { directory, out, overwrite, onProgress, signal } = request;
  const paths = { image: out, rootHashFile: `${out}.roothash`, manifestFile: `${out}.manifest.json` };
  const origin = modelOrigin(request.source, request.revision);
  if (!overwrite) refuseExisting(Object.values(paths));
  refuseInside(directory, out);
  using output = outputFiles(out, overwrite);
  const image = await makeImage({ ...request, scratch: output.scratch, origin, signal });
  const identity = await appendTree(image.path, join(output.scratch, "hashes"), image.labels, {
    onProgress: (bytes, total) => onProgress("hashing blocks", bytes, total),
    signal,
  });
  const model = { origin, identity, image };
  const rootHash = writtenFile(join(output.scratch, "roothash"), `${bytesToHex(identity.rootHash)}\n`);
  const manifest = writtenFile(join(output.scratch, "manifest"), writeSealedManifest(model));
  // The image comes last: where it is, the others are.
  output.publish([
    { made: rootHash, path: paths.rootHashFile },
    { made: manifest, path: paths.manifestFile },
    { made: image.path, path: paths.image },
  ]);
  return { model, ...paths };
}

/** An output in the directory it seals would be part of its own input. */
function refuseInside(directory: string, out: string): void {
  const [sealed, beside] = [realDirectory(directory), realDirectory(dirname(out))];
  if (`${beside}${sep}`.startsWith(`${sealed}${sep}`)) {
    throw new IntegrityError(
      "refused",
      `${quoted(out)} would lie in the directory that is sealed; choose another --out`,
    );
  }
}

function realDirectory(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw new IntegrityError("not_found", `${quoted(path)} cannot be read (${errnoOf(error)})`);
  }
}

function writtenFile(path: string, text: string): string {
  using file = newFile(path);
  file.append(new TextEncoder().encode(text));
  file.sync();
  return path;
}
