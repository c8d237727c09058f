import { statSync } from "node:fs";
import { DIGEST_COVERAGE, type DigestKind, fileManifest, INDEX_NAME, indexDigest } from "../../models/digest/index.ts";
import type { VerityIdentity } from "../../models/verity/index.ts";
import { EXIT } from "../exit-status.ts";
import { parseFlags } from "../verify/flags.ts";
import { UsageError } from "../verify/usage-error.ts";
import { byteText } from "./byte-text.ts";
import { type Fact, factTable } from "./fact-table.ts";
import type { Form } from "./form.ts";
import { identityFacts, identityMembers } from "./identity-facts.ts";
import { imageIdentity } from "./image-identity.ts";
import { type ProgressBar, progressBar } from "./progress-bar.ts";
import { SHAPE_FLAGS, shapeOf } from "./shape-flags.ts";

const FLAGS = {
  ...SHAPE_FLAGS,
  kind: { type: "string" },
  json: { type: "boolean" },
} as const;

type Flags = ReturnType<typeof parseFlags<typeof FLAGS>>["values"];

const HELP = `Usage: countersign models digest <file|dir> [options]

Prints the digest that identifies a model, which kind of digest it is, and every parameter it depends on.

  verity          root hash of the dm-verity tree over a file, with its shape; the kind for an image. Covers every byte.
                  A tree behind the data, as \`models seal\` appends it, is not data: its salt and shape are taken over
  file-manifest   one digest over name and content of every file of a directory; the kind for a directory
  index           SHA-256 of a directory's ${INDEX_NAME}, which covers not one weight

  --kind <kind>               one of these; default: verity for a file, file-manifest for a directory
  --salt <hex>                salt of the tree; default: that of a tree behind the data, else none
  --algorithm <name>          sha256 (default) or sha512
  --data-block-size <bytes>   512 to 524288, default 4096
  --hash-block-size <bytes>   the same
  --json                      print one JSON document

Examples:
  countersign models digest model.img
  countersign models digest model.img --salt 128bbe39b8aa2c53a86de2b9c383c0e14881056fd58a8326c316bfa13dc6d0d2
  countersign models digest ./Qwen3-32B --json
  countersign models digest ./Qwen3-32B --kind index

Exit status: 0 printed, 30 it cannot have such a digest, 10 it changed while it was read, 2 usage, 1 anything else.
`;

/** What was measured. */
interface Measurement {
  readonly kind: DigestKind;
  readonly members: Readonly<Record<string, string | number>>;
  readonly facts: readonly Fact[];
}

/** `countersign models digest`. */
export const digestForm: Form = {
  help: HELP,
  async run(argv) {
    const { values, target } = parseFlags(argv, FLAGS, "file or directory");
    const { kind, members, facts } = await measure(target, values);
    const covers = DIGEST_COVERAGE[kind];
    process.stdout.write(
      values.json === true
        ? `${JSON.stringify({ format: "countersign.model-digest.v1", kind, ...members, covers }, null, 2)}\n`
        : factTable([["kind", kind], ...facts, ["covers", covers]]),
    );
    return EXIT.ok;
  },
};

async function measure(target: string, flags: Flags): Promise<Measurement> {
  const directory = statSync(target, { throwIfNoEntry: false })?.isDirectory() === true;
  const kind = flags.kind ?? (directory ? "file-manifest" : "verity");
  const shape = shapeOf(flags);
  if (kind !== "verity" && Object.keys(shape).length > 0) {
    throw new UsageError(`salt, algorithm and block sizes are of a tree; the kind ${kind} has none`);
  }
  using bar = progressBar();
  switch (kind) {
    case "verity":
      if (directory)
        throw new UsageError("a directory has no verity digest; `models seal` makes an image that has one");
      return verity(await imageIdentity(target, shape, bar));
    case "file-manifest":
      if (!directory) throw new UsageError("file-manifest is a directory's digest; for a file it is verity");
      return manifest(target, bar);
    case "index": {
      const digest = indexDigest(target);
      const members = { algorithm: "sha256", digest, file: INDEX_NAME };
      return {
        kind,
        members,
        facts: [
          ["digest", digest],
          ["algorithm", "sha256"],
          ["file", INDEX_NAME],
        ],
      };
    }
    default:
      throw new UsageError("--kind is verity, file-manifest or index; the kinds static and none are not measured");
  }
}

async function manifest(directory: string, bar: ProgressBar): Promise<Measurement> {
  const { digest, entries, bytes } = await fileManifest(directory, {
    onProgress: (done, total) => bar.show("hashing files", done, total),
  });
  return {
    kind: "file-manifest",
    members: { algorithm: "sha256", digest, files: entries.length, bytes },
    facts: [
      ["digest", digest],
      ["algorithm", "sha256"],
      ["files", `${entries.length}, ${byteText(bytes)}`],
    ],
  };
}

function verity(identity: VerityIdentity): Measurement {
  return { kind: "verity", members: identityMembers(identity), facts: identityFacts(identity) };
}
