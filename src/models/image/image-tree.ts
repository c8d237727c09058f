import { openStable, readExactly } from "../hashing/index.ts";
import { type HashTreeOptions, type VerityIdentity, writeTree } from "../verity/index.ts";
import { IMAGE_BLOCK } from "./model-image.ts";
import type { ImageLabels } from "./model-origin.ts";
import { newFile } from "./new-file.ts";

/**
 * Hashes an image in the usual shape, SHA-256 over blocks of 4096 bytes, and appends superblock and tree to it. The tree
 * has a file of its own until then, so that nothing writes to the image while it is hashed.
 *
 * @param scratch path of that file
 * @throws IntegrityError
 */
export async function appendTree(
  path: string,
  scratch: string,
  { salt, uuid }: ImageLabels,
  options: Omit<HashTreeOptions, "onBlock">,
): Promise<VerityIdentity> {
  using image = openStable(path);
  const shape = { hashType: 1, algorithm: "sha256", dataBlockSize: IMAGE_BLOCK, hashBlockSize: IMAGE_BLOCK } as const;
  const parameters = { ...shape, dataBlocks: image.size / IMAGE_BLOCK, salt };
  using made = newFile(scratch);
  const rootHash = await writeTree(image, parameters, { fd: made.fd, uuid }, options);

  using tree = openStable(scratch);
  using whole = newFile(path, { at: image.size });
  const block = new Uint8Array(IMAGE_BLOCK);
  for (let position = 0; position < tree.size; position += block.length) {
    readExactly(tree.fd, block, position);
    whole.append(block);
  }
  whole.sync();
  return { ...parameters, rootHash };
}
