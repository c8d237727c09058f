import { setImmediate } from "node:timers/promises";
import type { ManifestEntry } from "../digest/index.ts";
import { IntegrityError, openStable, readExactly } from "../hashing/index.ts";
import type { NewFile } from "./new-file.ts";
import { tarHeader, tarPadding } from "./tar-header.ts";

/** Bytes copied at a time. */
const PIECE_BYTES = 1024 * 1024;
/** A tar archive ends in two blocks of zeros. Bytes. */
const END_BYTES = 1024;

/**
 * Writes a tar archive of a model's files in the order of their names, without entries for directories, padded with
 * zeros to a multiple of `blockSize`.
 *
 * @throws IntegrityError
 */
export async function makeTar(
  entries: readonly ManifestEntry[],
  image: NewFile,
  blockSize: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const buffer = new Uint8Array(PIECE_BYTES);
  for (const { name, path, size } of entries) {
    using file = openStable(path);
    image.append(tarHeader(name, size));
    for (let position = 0; position < size; position += PIECE_BYTES) {
      if (signal?.aborted === true) throw new IntegrityError("aborted", "given up while the image was made");
      const piece = buffer.subarray(0, Math.min(PIECE_BYTES, size - position));
      readExactly(file.fd, piece, position);
      image.append(piece);
      await setImmediate();
    }
    image.append(new Uint8Array(tarPadding(size)));
  }
  const end = image.size + END_BYTES;
  image.append(new Uint8Array(END_BYTES + ((blockSize - (end % blockSize)) % blockSize)));
}
