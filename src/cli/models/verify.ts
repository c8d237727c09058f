import type { RootPin } from "../../models/digest/index.ts";
import { IntegrityError, openStable, quoted } from "../../models/hashing/index.ts";
import { type ImageVerification, verifyImage } from "../../models/verity/index.ts";
import { EXIT } from "../exit-status.ts";
import { parseFlags } from "../verify/flags.ts";
import type { Form } from "./form.ts";
import { PIN_FLAGS, pinOf } from "./pin-flags.ts";
import { progressBar } from "./progress-bar.ts";
import { type Report, renderReport, reportJson } from "./verification-report.ts";

const FLAGS = { ...PIN_FLAGS, tree: { type: "string" }, json: { type: "boolean" } } as const;

const HELP = `Usage: countersign models verify <image> <what it has to be> [options]

Hashes every block of an image, on all cores, and compares root hash, shape and stored hash tree with what is pinned.
Names the blocks that differ. The tree is looked for behind the data, unless --tree names a file with it.

What it has to be, one of:
  --manifest <file>             the manifest that \`models seal\` wrote
  --roothash <identity>         the identity that \`models digest\` and \`models seal\` print: root hash and shape
  --roothash-file <file>        a file with that on one line
  --registry <dir> --name <m>   the file <m>.roothash of a registry
An identity can be replaced by the root hash alone, 64 hex digits, together with
  --shape-from-superblock       believe the superblock about block sizes, number of blocks and salt. A root hash does
                                not commit to them: a part of a hash tree passes as a volume of the same root

  --tree <file>                 the hash tree, as \`veritysetup format\` writes it, with or without superblock
  --json                        print one JSON document

Examples:
  countersign models verify model.img --manifest model.img.manifest.json
  countersign models verify model.img --registry /var/lib/enclave-os/model-roothashes --name qwen3-32b --json
  countersign models verify data.img --tree hashes.img --shape-from-superblock \\
    --roothash 9e51aed7f471fd72c24cf98d12760a3c20ee929745079af1ead1636a0426d027

Exit status: 0 every block is right, 10 it is not what was pinned, 30 it cannot be read, 2 usage, 1 anything else.
`;

/** `countersign models verify`. */
export const verifyForm: Form = {
  help: HELP,
  async run(argv) {
    const { values, target } = parseFlags(argv, FLAGS, "image");
    const asJson = values.json === true;
    const shape = values["shape-from-superblock"] === true ? "superblock" : "pinned";
    try {
      const pin = await pinOf(values);
      if (pin === undefined) {
        const cause = `the registry names no root hash for ${quoted(values.name ?? "")}`;
        return print({ result: "rejected", shape, causes: [cause] }, asJson);
      }
      const { accepted, causes, ...found } = await verified(target, values.tree, pin);
      return print({ result: accepted ? "accepted" : "rejected", shape, causes, found }, asJson);
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      if (error.code === "malformed") return print({ result: "malformed", shape, causes: [error.message] }, asJson);
      if (error.code === "changed") return print({ result: "rejected", shape, causes: [error.message] }, asJson);
      throw error;
    }
  },
};

async function verified(path: string, treePath: string | undefined, pin: RootPin): Promise<ImageVerification> {
  using image = openStable(path);
  using tree = treePath === undefined ? undefined : openStable(treePath);
  using bar = progressBar();
  return await verifyImage({ image, tree, ...pin, onProgress: (done, total) => bar.show("verifying", done, total) });
}

const EXIT_BY_RESULT: Readonly<Record<Report["result"], number>> = {
  accepted: EXIT.ok,
  rejected: EXIT.rejected,
  malformed: EXIT.malformed,
};

function print(report: Report, asJson: boolean): number {
  process.stdout.write(asJson ? reportJson(report) : renderReport(report));
  return EXIT_BY_RESULT[report.result];
}
