import { IntegrityError, openStable, quoted } from "../../models/hashing/index.ts";
import { checkedParameters, findAppendedTree, hashTree, type VerityIdentity } from "../../models/verity/index.ts";
import type { ProgressBar } from "./progress-bar.ts";
import type { AskedShape } from "./shape-flags.ts";

const DEFAULT_SHAPE = {
  hashType: 1,
  algorithm: "sha256",
  dataBlockSize: 4096,
  hashBlockSize: 4096,
  salt: new Uint8Array(),
};

/**
 * The identity of an image's data in the shape that was asked for; what nobody asked is taken from a tree behind the
 * data, and else is the usual.
 *
 * @throws IntegrityError `malformed` if the data is not whole blocks
 */
export async function imageIdentity(path: string, asked: AskedShape, bar: ProgressBar): Promise<VerityIdentity> {
  using image = openStable(path);
  const appended = findAppendedTree(image)?.superblock?.parameters;
  const shape = { ...(appended ?? DEFAULT_SHAPE), ...asked };
  const bytes = appended === undefined ? image.size : appended.dataBlocks * appended.dataBlockSize;
  if (bytes === 0 || bytes % shape.dataBlockSize !== 0) {
    throw new IntegrityError(
      "malformed",
      `${quoted(path)} has ${bytes} bytes, which is no whole number of blocks of ${shape.dataBlockSize}, and the rest ` +
        "would be in no digest; `countersign models seal` makes an image of the directory that holds it",
    );
  }
  const parameters = checkedParameters({ ...shape, dataBlocks: BigInt(bytes / shape.dataBlockSize) });
  const rootHash = await hashTree(image, parameters, {
    onProgress: (done, total) => bar.show("hashing blocks", done, total),
  });
  return { ...parameters, rootHash };
}
