import { DerError } from "@countersign/client/der";
import {
  parseDeviceReport,
  parseEvidenceList,
  parseKeySet,
  parseOcspResponse,
  verifyDevices,
  verifyToken,
} from "@countersign/client/gpu";
import { createRimVerifier } from "@countersign/client/gpu-rim";
import { CheckFailure, concludeVerdict } from "@countersign/client/verdict";
import { device, evidenceLists, ocspResponses, referenceDocument, reports, serviceToken } from "./gpu-seeds.ts";
import { mutations } from "./mutator.ts";
import { once } from "./seeds.ts";
import { type FuzzTarget, parser, textOf, textParser, verifier } from "./target.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Everything about devices and the documents that vouch for them. */
export const GPU_TARGETS: readonly FuzzTarget[] = [
  parser("gpu-report", reports, readReport, CheckFailure),
  textParser("gpu-evidence-list", evidenceLists, parseEvidenceList, CheckFailure),
  parser("ocsp-response", ocspResponses, parseOcspResponse, DerError),
  textParser("token-key-set", () => [JSON.stringify(serviceToken().jwks)], parseKeySet, CheckFailure),
  ...verifier("gpu-report-verification", { seeds: reports, verify: isReportAccepted, meaning: hex }),
  ...verifier("service-token-verification", {
    seeds: () => [bytesOf(serviceToken().token)],
    verify: isTokenAccepted,
    meaning: textOf,
  }),
  {
    name: "reference-document-verification",
    exhaustive: false,
    inputs: (count, seed) => mutations([referenceDocument().document], count, seed),
    take: takeReferenceDocument,
  },
];

function readReport(input: Uint8Array): void {
  const { signedBytes, signature } = parseDeviceReport(input);
  if (signedBytes.length + signature.length !== input.length) throw new Error("bytes that nothing accounts for");
}

async function isReportAccepted(report: Uint8Array): Promise<boolean> {
  const { evidence, nonce, now, policy } = device();
  const { checks, simulated, facts } = await verifyDevices({ devices: [{ ...evidence, report }], nonce, now, policy });
  const verdict = concludeVerdict({ subject: "gpu", checks, policy, now, simulated, facts });
  const fault = verdict.checks.find(({ remedy }) => remedy === "report this as a bug");
  if (fault !== undefined) throw new Error(`${fault.id} ended in a fault of the verifier`);
  return verdict.result === "accepted";
}

async function isTokenAccepted(input: Uint8Array): Promise<boolean> {
  const { jwks, issuer, now } = serviceToken();
  return unlessRefused(async () => {
    await verifyToken(textOf(input), "token", { keys: parseKeySet(jwks), issuer, now, skewSeconds: 0 });
    return true;
  });
}

const rimVerifier = once(() => createRimVerifier({ roots: [referenceDocument().root] }));

/** What was signed, read in one form: white space between attributes may differ, and nothing that counts. */
async function contentOf(document: Uint8Array): Promise<string> {
  const { version, values } = await rimVerifier().verify(document, referenceDocument().now);
  return JSON.stringify([version, [...values].map(([index, alternatives]) => [index, alternatives.map(hex)])]);
}

const signedContent = once(() => contentOf(referenceDocument().document));

async function takeReferenceDocument(input: Uint8Array): Promise<boolean> {
  const signed = await signedContent();
  return unlessRefused(async () => {
    if ((await contentOf(input)) !== signed) throw new Error("reference values were read that nobody signed");
    return true;
  });
}

async function unlessRefused(accept: () => Promise<boolean>): Promise<boolean> {
  try {
    return await accept();
  } catch (error) {
    if (error instanceof CheckFailure) return false;
    throw error;
  }
}
