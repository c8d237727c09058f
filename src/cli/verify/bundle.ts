import { verifyBundle } from "@countersign/client/evidence";
import { Checks } from "@countersign/client/verdict";
import {
  DOCUMENT_FLAGS,
  DOCUMENT_OPTIONS,
  documentNotes,
  readDeviceDocuments,
  TOKEN_FLAGS,
  TOKEN_OPTIONS,
} from "./device-documents.ts";
import { COMMON_FLAGS, parseFlags } from "./flags.ts";
import type { Form, FormHelp } from "./form.ts";
import { readTextFile } from "./input-file.ts";
import { conclude, judgementOf, present, readInput } from "./judgement.ts";

const FLAGS = {
  ...COMMON_FLAGS,
  ...DOCUMENT_FLAGS,
  ...TOKEN_FLAGS,
  "gpu-root": { type: "string", multiple: true },
} as const;

const LARGEST_BUNDLE = 16 * 1024 * 1024;

const HELP: FormHelp = {
  about: `Usage: countersign verify bundle <file> [options]

Verifies archived evidence again, without the network: everything that was verified when it was recorded, at the moment
it was recorded unless --at names another one.

<file> is a bundle that a client kept, JSON with the format countersign.bundle.v1. What NVIDIA's services say of its
devices can be given in files, and has to hold at that moment as well.
`,
  options: `\
  --gpu-root <pem>      trust this root for devices; --root is for the quote
${DOCUMENT_OPTIONS}${TOKEN_OPTIONS}`,
  examples: [
    "verify bundle evidence.json --policy production.yaml",
    "verify bundle evidence.json --policy production.yaml --json",
    "verify bundle evidence.json --policy gpu.yaml --rim-driver driver.json --rim-vbios vbios.json --ocsp 1.der",
  ],
};

/** `countersign verify bundle`. */
export const bundleForm: Form = {
  help: HELP,
  async run(argv) {
    const { values, target } = parseFlags(argv, FLAGS, "file with a bundle");
    const judgement = judgementOf(values, { tdx: values.root, gpu: values["gpu-root"] });
    const { policy, now } = judgement;
    const unread = new Checks();
    const text = await readInput(unread, "evidence.format", () => readTextFile(target, LARGEST_BUNDLE));
    const vouchers = await readDeviceDocuments(unread, values, policy);
    if (text === undefined || unread.malformed) {
      return conclude(judgement, { subject: "bundle", checks: unread, simulated: false, facts: {} });
    }
    const at = values.at === undefined ? undefined : now;
    const verdict = await verifyBundle({ text, policy, at, now, ...vouchers });
    return present(judgement, {
      ...verdict,
      notes: [...verdict.notes, ...documentNotes(vouchers.deviceDocuments)],
    });
  },
};
