import { verifyBundle } from "@countersign/client/evidence";
import { Checks } from "@countersign/client/verdict";
import { COMMON_FLAGS, parseFlags } from "./flags.ts";
import type { Form, FormHelp } from "./form.ts";
import { readTextFile } from "./input-file.ts";
import { conclude, judgementOf, present, readInput } from "./judgement.ts";

const FLAGS = { ...COMMON_FLAGS, "gpu-root": { type: "string", multiple: true } } as const;

const LARGEST_BUNDLE = 16 * 1024 * 1024;

const HELP: FormHelp = {
  about: `Usage: countersign verify bundle <file> [options]

Verifies archived evidence again, without the network: everything that was verified when it was recorded, at the moment
it was recorded unless --at names another one.

<file> is a bundle that a client kept, JSON with the format countersign.bundle.v1.
`,
  options: `\
  --gpu-root <pem>      trust this root for devices; --root is for the quote
`,
  examples: [
    "verify bundle evidence.json --policy production.yaml",
    "verify bundle evidence.json --policy production.yaml --json",
  ],
};

/** `countersign verify bundle`. */
export const bundleForm: Form = {
  help: HELP,
  async run(argv) {
    const { values, target } = parseFlags(argv, FLAGS, "file with a bundle");
    const judgement = judgementOf(values, { tdx: values.root, gpu: values["gpu-root"] });
    const { policy, now } = judgement;
    const checks = new Checks();
    const text = await readInput(checks, "evidence.format", () => readTextFile(target, LARGEST_BUNDLE));
    if (text === undefined) return conclude(judgement, { subject: "bundle", checks, simulated: false, facts: {} });
    const at = values.at === undefined ? undefined : now;
    return present(judgement, await verifyBundle({ text, policy, at, now }));
  },
};
