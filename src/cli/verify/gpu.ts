import { verifyDevices } from "@countersign/client/gpu";
import { Checks } from "@countersign/client/verdict";
import { COMMON_FLAGS, hexFlag, parseFlags } from "./flags.ts";
import type { Form, FormHelp } from "./form.ts";
import { readGpuFile } from "./gpu-file.ts";
import { conclude, judgementOf, readInput } from "./judgement.ts";
import { unjudged } from "./unjudged.ts";

const FLAGS = {
  ...COMMON_FLAGS,
  chain: { type: "string" },
  arch: { type: "string" },
  nonce: { type: "string" },
} as const;

const HELP: FormHelp = {
  about: `Usage: countersign verify gpu <file> [options]

Verifies device evidence of NVIDIA GPUs and switches without the network: certificate chain, signature, nonce and
firmware identity of each device, and what a policy asks besides.

<file> is a JSON evidence list, an attestation report that holds one as \`nvidia_payload\`, or one device's SPDM report
as raw bytes or hex digits, with its certificates in --chain.
`,
  options: `\
  --nonce <hex>         the 32 bytes the reports must have been made for; without it nothing says that they are fresh,
                        and the verdict is a rejection
  --chain <pem>         certificates of the one device, leaf first
  --arch <name>         architecture of the one device: HOPPER (default), BLACKWELL or LS10
`,
  examples: [
    "verify gpu evidence.json --nonce 931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb",
    "verify gpu report.txt --chain chain.pem --nonce 931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb",
  ],
};

/** `countersign verify gpu`. */
export const gpuForm: Form = {
  help: HELP,
  async run(argv) {
    const { values, target } = parseFlags(argv, FLAGS, "file with device evidence");
    const nonce = hexFlag("nonce", values.nonce, 32);
    const judgement = judgementOf(values, { gpu: values.root });
    const checks = new Checks();
    const file = await readInput(checks, "gpu.format", () => readGpuFile(target, values));
    if (file === undefined) return conclude(judgement, { subject: "gpu", checks, simulated: false, facts: {} });
    const { policy, now } = judgement;
    const result = await verifyDevices({ ...file, nonce, now, policy });
    const notes = [
      "Device evidence alone does not say which machine the devices are in.",
      ...unjudged(policy, ["measurements", "platform", "app", "kms", "models"]),
    ];
    return conclude(judgement, { subject: "gpu", ...result, notes });
  },
};
