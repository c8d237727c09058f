import { join } from "node:path";
import { confirmUnchanged, type FileManifest, fileManifest, modelFiles } from "../digest/index.ts";
import { IntegrityError, quoted } from "../hashing/index.ts";
import { erofsVersion, makeErofs, stageFiles } from "./erofs-image.ts";
import { type ImageLabels, imageLabels, type ModelOrigin } from "./model-origin.ts";
import { newFile } from "./new-file.ts";
import { makeTar } from "./tar-image.ts";

/** How an image holds its files. */
export type ImageFormat = "erofs" | "tar";

export interface ImageOrder {
  readonly directory: string;
  /** A directory for files that are needed on the way, and for the image. */
  readonly scratch: string;
  readonly origin: ModelOrigin | undefined;
  /** Undefined: erofs where mkfs.erofs is installed, else tar. */
  readonly format: ImageFormat | undefined;
  readonly onProgress: (stage: "hashing files" | "making the image", bytes?: number, total?: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** An image without its tree. */
export interface ModelImage {
  readonly path: string;
  readonly format: ImageFormat;
  /** Names and versions of programs whose version shows in the image. */
  readonly tools: Readonly<Record<string, string>>;
  readonly labels: ImageLabels;
  readonly files: FileManifest;
}

/** Bytes; every image is a multiple of them. */
export const IMAGE_BLOCK = 4096;

/** Left out: what version control and downloaders keep beside a model, which differs between two downloads of it. */
const EXCLUDED: readonly string[] = [".cache", ".git", ".huggingface"];

/**
 * Makes an image of a model's files that depends on their names and content alone.
 *
 * @throws IntegrityError
 */
export async function makeImage(order: ImageOrder): Promise<ModelImage> {
  const { directory, scratch, origin, onProgress, signal } = order;
  const version = await erofsVersion();
  const format = order.format ?? (version === undefined ? "tar" : "erofs");
  refuseUnprintable(directory);
  const path = join(scratch, "image");
  let from = directory;
  if (format === "erofs") {
    if (version === undefined) {
      throw new IntegrityError(
        "refused",
        "mkfs.erofs is not installed (package erofs-utils); a tar image needs nothing",
      );
    }
    from = join(scratch, "tree");
    stageFiles(modelFiles(directory, EXCLUDED), from);
  }
  const files = await fileManifest(from, {
    excluded: EXCLUDED,
    onProgress: (bytes, total) => onProgress("hashing files", bytes, total),
    signal,
  });
  const labels = imageLabels(origin, files.digest);
  onProgress("making the image");
  if (format === "erofs") {
    await makeErofs(from, path, labels.uuid, signal);
  } else {
    using image = newFile(path);
    await makeTar(files.entries, image, IMAGE_BLOCK, signal);
  }
  // What is in the image is what has been hashed.
  confirmUnchanged(files);
  return {
    path,
    format,
    tools: version !== undefined && format === "erofs" ? { "mkfs.erofs": version } : {},
    labels,
    files,
  };
}

/** The manifest lists names as text, and a list that could be read in two ways would be none. */
function refuseUnprintable(directory: string): void {
  for (const { name } of modelFiles(directory, EXCLUDED)) {
    const text = name.toString();
    if (!Buffer.from(text).equals(name) || /\p{Cc}/u.test(text)) {
      throw new IntegrityError("malformed", `${quoted(name)} is not UTF-8 without control characters; rename the file`);
    }
  }
}
