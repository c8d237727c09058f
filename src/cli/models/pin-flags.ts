import { parseRootPin, type RootPin, readRootFile, registeredRoot } from "../../models/digest/index.ts";
import { IntegrityError, openStable, quoted, readExactly } from "../../models/hashing/index.ts";
import { UsageError } from "../verify/usage-error.ts";

/** Flags that say what an image has to be. */
export const PIN_FLAGS = {
  roothash: { type: "string" },
  "roothash-file": { type: "string" },
  registry: { type: "string" },
  name: { type: "string" },
  manifest: { type: "string" },
  "shape-from-superblock": { type: "boolean" },
} as const;

interface PinValues {
  readonly roothash?: string | undefined;
  readonly "roothash-file"?: string | undefined;
  readonly registry?: string | undefined;
  readonly name?: string | undefined;
  readonly manifest?: string | undefined;
  readonly "shape-from-superblock"?: boolean | undefined;
}

/** Each file is listed in a manifest, in about 150 bytes. Bytes. */
const LARGEST_MANIFEST = 32 * 1024 * 1024;

/**
 * What the flags pin. Undefined if the registry has nothing under the name.
 *
 * @throws UsageError unless the pin is whole, or the flags say that the superblock may complete it
 * @throws IntegrityError if a file cannot be read
 */
export async function pinOf(values: PinValues): Promise<RootPin | undefined> {
  const given = ["roothash", "roothash-file", "registry", "manifest"].filter((name) => Object.hasOwn(values, name));
  if (given.length !== 1) {
    throw new UsageError(
      "say what the image has to be with one of --manifest, --roothash, --roothash-file and --registry",
    );
  }
  if ((values.name === undefined) !== (values.registry === undefined)) {
    throw new UsageError("--registry <dir> and --name <model> belong together");
  }
  const pin = await statedPin(values);
  if (pin === undefined) return undefined;
  const believing = values["shape-from-superblock"] === true;
  if (pin.parameters === undefined && !believing) {
    throw new UsageError(
      "a root hash alone does not say what it is the root of: part of a hash tree, presented as an image, has the same " +
        "one. Give the identity that `models digest` and `models seal` print in its place, or --manifest; or take the " +
        "superblock's word for the shape with --shape-from-superblock",
    );
  }
  if (pin.parameters !== undefined && believing) {
    throw new UsageError("--shape-from-superblock is for a root hash alone; this pin has its shape");
  }
  return pin;
}

async function statedPin(values: PinValues): Promise<RootPin | undefined> {
  const { roothash, registry, name, manifest } = values;
  const file = values["roothash-file"];
  if (roothash !== undefined) return flagPin(roothash);
  if (registry !== undefined && name !== undefined) return registeredRoot(registry, name);
  if (manifest !== undefined) return manifestPin(manifest);
  if (file === undefined) return undefined;
  const pin = readRootFile(file);
  if (pin === undefined) throw new IntegrityError("not_found", `${quoted(file)} cannot be read (ENOENT)`);
  return pin;
}

function flagPin(text: string): RootPin {
  try {
    return parseRootPin(text);
  } catch (error) {
    if (error instanceof IntegrityError) throw new UsageError(`--roothash: ${error.message}`);
    throw error;
  }
}

async function manifestPin(path: string): Promise<RootPin> {
  // With everything that seals, which only this way of pinning needs.
  const { sealedIdentity } = await import("../../models/image/index.ts");
  using file = openStable(path);
  if (file.size > LARGEST_MANIFEST) throw new IntegrityError("malformed", `${quoted(path)} is larger than 32 MiB`);
  const bytes = new Uint8Array(file.size);
  readExactly(file.fd, bytes, 0);
  const { rootHash, ...parameters } = sealedIdentity(new TextDecoder().decode(bytes));
  return { rootHash, parameters };
}
