import { leafVerdict } from "@countersign/client/ratls";
import { Checks } from "@countersign/client/verdict";
import { readCertificateFile } from "./certificate-file.ts";
import { readCollateralFile } from "./collateral-file.ts";
import { COMMON_FLAGS, parseFlags } from "./flags.ts";
import type { Form, FormHelp } from "./form.ts";
import { conclude, judgementOf, present, readInput } from "./judgement.ts";
import { unjudged } from "./unjudged.ts";

const FLAGS = {
  ...COMMON_FLAGS,
  "gpu-root": { type: "string", multiple: true },
  ca: { type: "string", multiple: true },
  name: { type: "string" },
  collateral: { type: "string" },
} as const;

const HELP: FormHelp = {
  about: `Usage: countersign verify cert <file> [options]

Verifies the TLS certificate of a gateway with the evidence inside it, without the network: the certificate, that the
quote was made for its key, the quote itself, an event log, and devices.

<file> is the certificate as PEM or DER; a PEM file may hold the rest of the chain after it.
`,
  options: `\
  --name <host>         name or address the certificate must be for
  --collateral <file>   Intel's statements about the platform, as for \`verify quote\`
  --ca <pem>            authority the chain must end in; without one, the quote alone vouches for the key
  --gpu-root <pem>      trust this root for devices; --root is for the quote
`,
  examples: [
    "verify cert leaf.pem --name gateway.example --collateral collateral.json --policy production.yaml",
    "verify cert leaf.der --collateral collateral.json --root root.pem --allow-simulated",
  ],
};

/** `countersign verify cert`. */
export const certificateForm: Form = {
  help: HELP,
  async run(argv) {
    const { values, target } = parseFlags(argv, FLAGS, "file with a certificate");
    const judgement = judgementOf(values, { tdx: values.root, gpu: values["gpu-root"], tls: values.ca });
    const { policy, now } = judgement;
    const unread = new Checks();
    const chain = await readInput(unread, "tls.certificate", () => readCertificateFile(target));
    const collateral = await readInput(unread, "collateral.format", () => readCollateralFile(values.collateral));
    if (chain === undefined || unread.malformed) {
      return conclude(judgement, { subject: "certificate", checks: unread, simulated: false, facts: {} });
    }
    const verdict = await leafVerdict({ chain, expectedName: values.name, now, policy, collateral });
    return present(judgement, { ...verdict, notes: [...verdict.notes, ...unjudged(policy, ["kms", "models"])] });
  },
};
