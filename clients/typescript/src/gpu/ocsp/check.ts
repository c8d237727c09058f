import type { Policy } from "../../policy/index.ts";
import { CheckFailure, type Checks } from "../../verdict/index.ts";
import type { Certificate } from "../../x509/index.ts";
import { type Device, everyDevice } from "../device.ts";
import type { ReferenceValues } from "../reference-values.ts";
import { type OcspResponse, parseOcspResponse } from "./response.ts";
import { answerFor, verifyOcspResponse } from "./verify.ts";

/** Most responses of one verification. */
const MAX_RESPONSES = 256;
/** CRLReason: revoked for the time being (RFC 5280, 5.3.1). */
const CERTIFICATE_HOLD = 6;

export interface RevocationInput {
  readonly devices: readonly Device[];
  /** Verified reference documents: their signers are asked about, too. */
  readonly references: readonly ReferenceValues[];
  readonly responses: readonly Uint8Array[];
  readonly policy: Policy;
  readonly now: number;
}

/**
 * Makes `gpu.ocsp`: for every certificate between leaf and root of each device, and for every certificate below the
 * root of each reference document's signer, there is a response, and it says good. The two chains have separate rules
 * for certificates on hold: a device's is refused, a signer's the policy may accept.
 */
export async function checkRevocation(checks: Checks, input: RevocationInput): Promise<void> {
  const { devices, references, responses, policy, now } = input;
  if (responses.length === 0) {
    checks.skip("gpu.ocsp", "there are no OCSP responses", { required: false });
    return;
  }
  await checks.run("gpu.ocsp", async () => {
    if (responses.length > MAX_RESPONSES) throw CheckFailure.malformed(`more than ${MAX_RESPONSES} OCSP responses`);
    const parsed = responses.map(parseOcspResponse);
    const context = { parsed, now, skewSeconds: policy.clock.skewSeconds };
    // NVIDIA keeps no status of leaves, and the root is pinned.
    await everyDevice(devices, ({ chain }) => requireGood(chain, 1, { ...context, holdAccepted: false }));
    for (const { signerChain } of references) {
      await requireGood(signerChain, 0, { ...context, holdAccepted: policy.gpu.rimSignerHoldAccepted });
    }
    // Captured responses carry no nonce of this verification: they are as fresh as the responder lets them be.
    return { value: undefined, cause: "no certificate is revoked, by responses that are within their nextUpdate" };
  });
}

interface RevocationContext {
  readonly parsed: readonly OcspResponse[];
  readonly now: number;
  readonly skewSeconds: number;
  readonly holdAccepted: boolean;
}

async function requireGood(chain: readonly Certificate[], from: number, context: RevocationContext): Promise<void> {
  const { parsed, now, skewSeconds, holdAccepted } = context;
  for (const [index, certificate] of chain.entries()) {
    const issuers = chain.slice(index + 1);
    const [issuer] = issuers;
    if (index < from || issuer === undefined) continue;
    const about = parsed.filter((response) => answerFor(response, certificate, issuer) !== undefined);
    if (about.length === 0) {
      throw new CheckFailure(`there is no OCSP response for certificate ${index}`, "fetch one with a SHA-384 CertID");
    }
    // All that is said counts: a second response must not be able to hide a revocation.
    for (const response of about) {
      const { status, reason } = await verifyOcspResponse(response, { certificate, issuers, now, skewSeconds });
      if (status === "revoked" && reason === CERTIFICATE_HOLD && holdAccepted) continue;
      if (status !== "good") {
        const detail = status === "revoked" && reason === CERTIFICATE_HOLD ? "on hold, which is revoked" : status;
        throw new CheckFailure(
          `certificate ${index} is ${detail}`,
          "do not rely on it; ask the responder again if you doubt that",
        );
      }
    }
  }
}
