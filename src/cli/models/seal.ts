import { type ImageFormat, type SealedFiles, type SealRequest, sealModel } from "../../models/image/index.ts";
import { EXIT } from "../exit-status.ts";
import { parseFlags } from "../verify/flags.ts";
import { UsageError } from "../verify/usage-error.ts";
import { byteText } from "./byte-text.ts";
import { factTable } from "./fact-table.ts";
import type { Form } from "./form.ts";
import { identityFacts, identityMembers } from "./identity-facts.ts";
import { interruption } from "./interruption.ts";
import { progressBar } from "./progress-bar.ts";

const FLAGS = {
  out: { type: "string" },
  source: { type: "string" },
  revision: { type: "string" },
  format: { type: "string" },
  force: { type: "boolean" },
  json: { type: "boolean" },
} as const;

const HELP = `Usage: countersign models seal <dir> [options]

Makes an image of a model's files with its dm-verity hash tree behind the data, a file with the root hash, and a
manifest. The same files, source and revision give the same bytes, whatever the files' times, modes, owners and order.
Left out are .cache, .git and .huggingface in the directory itself. A symbolic link becomes the file it leads to, which
must be in the directory.

  --out <file>          the image; default: <dir>.img. Beside it appear <file>.roothash and <file>.manifest.json
  --source <name>       where the model is from, for example organisation/model
  --revision <commit>   which state of it; needed with --source, since salt and UUID are derived from both
  --format <name>       erofs, a file system the kernel mounts (default where mkfs.erofs is installed), or tar.
                        The bytes of an EROFS image depend on the version of mkfs.erofs, which the manifest names
  --force               replace outputs that exist
  --json                print one JSON document

Examples:
  countersign models seal ./Qwen3-32B --source Qwen/Qwen3-32B --revision 9216db5781bf21249d130ec9da846c4624c16137
  countersign models seal ./model --out /srv/images/model.img --format tar
  countersign models verify Qwen3-32B.img --manifest Qwen3-32B.img.manifest.json

Exit status: 0 sealed, 30 the directory holds what cannot be sealed, 10 it changed under way, 2 usage, 1 anything else.
`;

/** `countersign models seal`. */
export const sealForm: Form = {
  help: HELP,
  async run(argv) {
    const { values, target } = parseFlags(argv, FLAGS, "directory");
    const sealed = await sealedFiles({
      directory: target,
      out: values.out ?? `${target.replace(/\/+$/, "")}.img`,
      source: values.source,
      revision: values.revision,
      format: formatOf(values.format),
      overwrite: values.force === true,
    });
    process.stdout.write(values.json === true ? sealedJson(sealed) : sealedText(sealed));
    return EXIT.ok;
  },
};

async function sealedFiles(request: Omit<SealRequest, "onProgress" | "signal">): Promise<SealedFiles> {
  using interrupted = interruption();
  using bar = progressBar();
  return await sealModel({ ...request, onProgress: bar.show, signal: interrupted.signal });
}

function formatOf(text: string | undefined): ImageFormat | undefined {
  if (text === undefined || text === "erofs" || text === "tar") return text;
  throw new UsageError("--format is erofs or tar");
}

function sealedJson({ model, image, rootHashFile, manifestFile }: SealedFiles): string {
  const document = {
    format: "countersign.model-seal.v1",
    kind: "verity",
    ...identityMembers(model.identity),
    ...model.origin,
    image,
    image_format: model.image.format,
    roothash_file: rootHashFile,
    manifest_file: manifestFile,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function sealedText({ model, image, rootHashFile, manifestFile }: SealedFiles): string {
  const { files, format, tools } = model.image;
  const made = Object.entries(tools).map(([name, version]) => `${name} ${version}`);
  return factTable([
    ["image", `${JSON.stringify(image)}, ${[format, ...made].join(", ")}`],
    ["root hash file", JSON.stringify(rootHashFile)],
    ["manifest", JSON.stringify(manifestFile)],
    ["source", model.origin && `${model.origin.source} at ${model.origin.revision}`],
    ["files", `${files.entries.length}, ${byteText(files.bytes)}, SHA-256 of their list ${files.digest}`],
    ...identityFacts(model.identity),
  ]);
}
