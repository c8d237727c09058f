import { writeFileSync } from "node:fs";
import { verifyGateway } from "@countersign/client/attested";
import { CountersignError } from "@countersign/client/errors";
import { type EvidenceBundle, writeBundle } from "@countersign/client/evidence";
import { Checks } from "@countersign/client/verdict";
import { EXIT } from "../exit-status.ts";
import { DOCUMENT_FLAGS, DOCUMENT_OPTIONS, readDeviceDocuments } from "./device-documents.ts";
import { COMMON_FLAGS, parseFlags } from "./flags.ts";
import type { Form, FormHelp } from "./form.ts";
import { conclude, judgementOf, present } from "./judgement.ts";
import { UsageError } from "./usage-error.ts";

const FLAGS = {
  ...COMMON_FLAGS,
  ...DOCUMENT_FLAGS,
  "gpu-root": { type: "string", multiple: true },
  save: { type: "string" },
} as const;

const HELP: FormHelp = {
  about: `Usage: countersign verify <url> [options]

Asks a gateway for evidence and verifies it: over https about this very connection, over http about its keys alone.
Nothing of yours is sent but a random nonce.

What NVIDIA's services say of its devices can be given in files. Tokens of the attestation service are for one nonce,
and the one of this command is new each time: keep the evidence with --save, and give them to \`verify bundle\`.

Exit status 20 says that there is no verdict: the gateway could not be reached, or gave no evidence.
`,
  options: `\
  --save <file>         keep the evidence as a new file, for \`verify bundle\`
  --gpu-root <pem>      trust this root for devices; --root is for the quote
${DOCUMENT_OPTIONS}`,
  examples: [
    "verify https://gateway.example --policy production.yaml",
    "verify https://gateway.example --policy production.yaml --save evidence.json --json",
    "verify https://gateway.example --policy gpu.yaml --rim-driver driver.json --rim-vbios vbios.json --ocsp 1.der",
    "verify https://127.0.0.1:8443 --policy simulated.yaml",
  ],
};

/** `countersign verify <url>`. */
export const gatewayForm: Form = {
  help: HELP,
  async run(argv) {
    const { values, target } = parseFlags(argv, FLAGS, "URL");
    const judgement = judgementOf(values, { tdx: values.root, gpu: values["gpu-root"] });
    const { policy, now } = judgement;
    const unread = new Checks();
    const vouchers = await readDeviceDocuments(unread, values, policy);
    if (unread.malformed)
      return conclude(judgement, { subject: "gateway", checks: unread, simulated: false, facts: {} });
    try {
      const { verdict, bundle } = await verifyGateway(target, { policy, now, ...vouchers });
      if (values.save !== undefined) save(values.save, bundle);
      return present(judgement, verdict);
    } catch (error) {
      if (!(error instanceof CountersignError)) throw error;
      if (error.code === "config.invalid") throw new UsageError(error.message);
      process.stderr.write(`countersign verify url: ${error.message}${reasonOf(error)}\n`);
      return EXIT.unreachable;
    }
  },
};

/** The operating system's name for what went wrong, which stands somewhere below what the client says of it. */
function reasonOf(error: Error): string {
  let cause = error.cause;
  for (let depth = 0; depth < 4 && cause instanceof Error; depth++, cause = cause.cause) {
    if ("code" in cause && /^E[A-Z]{2,20}$/.test(String(cause.code))) return ` (${String(cause.code)})`;
  }
  return "";
}

/** A file that is there already may be evidence that is needed, so it is not written over. */
function save(path: string, bundle: EvidenceBundle): void {
  try {
    writeFileSync(path, writeBundle(bundle), { flag: "wx" });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new UsageError(`--save ${JSON.stringify(path)} cannot be written as a new file (${code})`);
  }
}
