import { verifyDevices } from "@countersign/client/gpu";
import { Checks } from "@countersign/client/verdict";
import {
  DOCUMENT_FLAGS,
  DOCUMENT_OPTIONS,
  documentNotes,
  readDeviceDocuments,
  TOKEN_FLAGS,
  TOKEN_OPTIONS,
} from "./device-documents.ts";
import { COMMON_FLAGS, hexFlag, parseFlags } from "./flags.ts";
import type { Form, FormHelp } from "./form.ts";
import { readGpuFile } from "./gpu-file.ts";
import { conclude, judgementOf, readInput } from "./judgement.ts";
import { unjudged } from "./unjudged.ts";

const FLAGS = {
  ...COMMON_FLAGS,
  ...DOCUMENT_FLAGS,
  ...TOKEN_FLAGS,
  chain: { type: "string" },
  arch: { type: "string" },
  nonce: { type: "string" },
} as const;

const HELP: FormHelp = {
  about: `Usage: countersign verify gpu <file> [options]

Verifies device evidence of NVIDIA GPUs and switches without the network: certificate chain, signature, nonce and
firmware identity of each device, and what a policy asks besides. What NVIDIA's services say of the devices can be
given in files: each is a check of its own, and is not made without its file.

<file> is a JSON evidence list, an attestation report that holds one as \`nvidia_payload\`, or one device's SPDM report
as raw bytes or hex digits, with its certificates in --chain.
`,
  options: `\
  --nonce <hex>         the 32 bytes the reports must have been made for; without it nothing says that they are fresh,
                        and the verdict is a rejection
  --chain <pem>         certificates of the one device, leaf first
  --arch <name>         architecture of the one device: HOPPER (default), BLACKWELL or LS10
${DOCUMENT_OPTIONS}${TOKEN_OPTIONS}`,
  examples: [
    "verify gpu evidence.json --nonce 931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb",
    "verify gpu report.txt --chain chain.pem --nonce 931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb",
    "verify gpu evidence.json --nonce $NONCE --policy gpu.yaml --rim-driver driver.json --rim-vbios vbios.json --ocsp 1.der",
    "verify gpu evidence.json --nonce $NONCE --nras answer.json --jwks jwks.json",
  ],
};

/** `countersign verify gpu`. */
export const gpuForm: Form = {
  help: HELP,
  async run(argv) {
    const { values, target } = parseFlags(argv, FLAGS, "file with device evidence");
    const nonce = hexFlag("nonce", values.nonce, 32);
    const judgement = judgementOf(values, { gpu: values.root });
    const { policy, now } = judgement;
    const unread = new Checks();
    const file = await readInput(unread, "gpu.format", () => readGpuFile(target, values));
    const { deviceDocuments: documents, rimVerifier } = await readDeviceDocuments(unread, values, policy);
    if (file === undefined || unread.malformed) {
      return conclude(judgement, { subject: "gpu", checks: unread, simulated: false, facts: {} });
    }
    const result = await verifyDevices({ ...file, nonce, now, policy, documents, rimVerifier });
    const notes = [
      "Device evidence alone does not say which machine the devices are in.",
      ...documentNotes(documents),
      ...unjudged(policy, ["measurements", "platform", "app", "kms", "models"]),
    ];
    return conclude(judgement, { subject: "gpu", ...result, notes });
  },
};
