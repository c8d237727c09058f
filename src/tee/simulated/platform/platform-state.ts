import { TeeError } from "../../tee-error.ts";
import { MaterialFormatError, readMaterial, writeMaterial } from "./material-text.ts";
import { createPlatformMaterial, type PlatformMaterial } from "./platform-material.ts";
import { createStateFile, openStateDirectory, readStateFile } from "./state-file.ts";

const FILE = "platform.json";

/**
 * The material of this installation's platform, from its state directory; made and kept there if there is none.
 * ECDSA signatures are random, so the certificates are kept and not made again: the root's fingerprint stays.
 *
 * @throws TeeError if there is something that cannot be used. It is never replaced: whoever pinned the root would be
 *   left with a pin that fails, without a word why
 */
export function openPlatformState(directory: string): PlatformMaterial {
  openStateDirectory(directory);
  const kept = readPlatform(directory);
  if (kept !== undefined) return kept;
  const material = createPlatformMaterial();
  if (createStateFile(directory, FILE, writeMaterial(material))) return material;
  const winner = readPlatform(directory);
  if (winner === undefined) throw new TeeError("tee.unreachable", `${directory}: ${FILE} vanished while it was opened`);
  return winner;
}

function readPlatform(directory: string): PlatformMaterial | undefined {
  const text = readStateFile(directory, FILE);
  if (text === undefined) return undefined;
  try {
    return readMaterial(text);
  } catch (error) {
    if (!(error instanceof MaterialFormatError)) throw error;
    throw new TeeError(
      "tee.malformed",
      `${directory}/${FILE}: ${error.message}. Delete ${directory} to make a new simulated platform; every pin of the old root will then fail`,
    );
  }
}
