import { createHash } from "node:crypto";
import { readExactly } from "../hashing/index.ts";

/** A file that is open in this process. */
export interface FileTask {
  readonly fd: number;
  /** Bytes. */
  readonly size: number;
}

/** Bytes read at a time. */
const PIECE_BYTES = 1024 * 1024;
/** Bytes after which progress is told. */
const PROGRESS_BYTES = 16 * PIECE_BYTES;

/**
 * SHA-256 of a file, lower-case hex.
 *
 * @throws IntegrityError if it cannot be read to its end
 */
export function hashFile({ fd, size }: FileTask, onProgress?: (bytes: number) => void): string {
  const digest = createHash("sha256");
  const buffer = new Uint8Array(Math.min(size, PIECE_BYTES));
  let told = 0;
  for (let position = 0; position < size; position += buffer.length) {
    const piece = buffer.subarray(0, size - position);
    readExactly(fd, piece, position);
    digest.update(piece);
    if (position - told >= PROGRESS_BYTES) {
      onProgress?.(position - told);
      told = position;
    }
  }
  onProgress?.(size - told);
  return digest.digest("hex");
}
