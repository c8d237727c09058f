import { certificatePem } from "@countersign/client/x509";
import { describe, expect, it, vi } from "vitest";
import { createRimVerifier } from "../../clients/typescript/src/gpu/rim/index.ts";
import { type SeededRandom, seededRandom } from "../support/seeded-random.ts";
import { fuzzDeviceReport } from "./device-report-fuzz.ts";
import { fuzzEvidenceList } from "./evidence-list-fuzz.ts";
import { fuzzOcspResponse } from "./ocsp-response-fuzz.ts";
import { fuzzReferenceDocument } from "./reference-document-fuzz.ts";
import { fuzzServiceToken } from "./service-token-fuzz.ts";
import { NOW } from "./support/authority.ts";
import { evidenceOf, makeChain, measurementAt, NONCE } from "./support/device.ts";
import { makeOcspResponse } from "./support/ocsp-response.ts";
import { fingerprintOf, makeDocument, makeSigners } from "./support/reference-document.ts";
import { gpuClaims, makeToken, makeTokenSigner } from "./support/service-tokens.ts";

const SEED = 20_260_203;
/** How many inputs each target gets; the nightly run takes a hundred times as many. */
const FULL = process.env["COUNTERSIGN_FUZZ"] === "full";
const RUNS = FULL ? 40_000 : 400;

/** One to four edits at random places: another byte, a piece left out, said twice, or moved. */
function mutated(seed: Uint8Array, random: SeededRandom): Uint8Array {
  let bytes = Buffer.from(seed);
  for (let edits = 1 + random.below(4); edits > 0; edits--) {
    const at = random.below(bytes.length + 1);
    const length = random.below(random.once(4) ? bytes.length + 1 : 9);
    const piece = bytes.subarray(at, at + length);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + length)];
    const noise = Buffer.from(Array.from({ length: random.below(4) }, () => random.below(256)));
    bytes = Buffer.concat(
      random.pick([
        [before, noise, after],
        [before, after],
        [before, piece, piece, after],
      ]),
    );
  }
  return new Uint8Array(bytes);
}

/** Runs a target on mutations of the seeds, and on noise. */
async function fuzz(seeds: readonly Uint8Array[], target: (input: Uint8Array) => unknown, runs = RUNS): Promise<void> {
  const random = seededRandom(SEED);
  for (const seed of [...seeds, new Uint8Array()]) await target(seed);
  for (let run = 0; run < runs; run++) await target(mutated(random.pick(seeds), random));
}

const chain = makeChain();
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "utf8"));

describe("parsers of device evidence, on whatever bytes", { timeout: FULL ? 1_800_000 : 30_000 }, () => {
  it("reports", () => fuzz([evidenceOf(chain).report], fuzzDeviceReport));

  it("evidence lists", () => {
    const certificate = Buffer.from(certificatePem(chain[0].certificate)).toString("base64");
    const entry = { certificate, evidence: "AQID", arch: "HOPPER" };
    const list = { nonce: "ab".repeat(32), evidence_list: [entry], arch: "HOPPER" };
    return fuzz([bytesOf(JSON.stringify(list)), bytesOf(JSON.stringify([entry]))], fuzzEvidenceList);
  });

  it("OCSP responses", () => {
    const subject = { certificate: chain[1], issuer: chain[2] };
    const seeds = [
      makeOcspResponse({ ...subject, nonce: NONCE, certificates: [chain[0].certificate] }),
      makeOcspResponse({ ...subject, status: { reason: 6 }, responderBy: "key" }),
    ];
    return fuzz(seeds, fuzzOcspResponse);
  });

  it("tokens and key sets", () => {
    const signer = makeTokenSigner();
    const jwks = { keys: [signer.jwk] };
    const seeds = [bytesOf(makeToken(signer, gpuClaims(NONCE, "1"))), bytesOf(JSON.stringify(jwks))];
    return fuzz(seeds, (input) => fuzzServiceToken(input, jwks, NOW));
  });

  it("reference documents, without a word on the console", async () => {
    const signers = makeSigners();
    const resources = [{ index: 0, values: [measurementAt(0)] }];
    const verifier = createRimVerifier({ roots: [fingerprintOf(signers[3])] });
    const document = makeDocument({ version: "1", resources, signers });
    const words = ["log", "warn", "error"] as const;
    const spies = words.map((word) => vi.spyOn(console, word).mockImplementation(() => {}));
    const { version, values } = await verifier.verify(document, NOW);
    let held = 0;
    await fuzz([document], async (input) => {
      const found = await fuzzReferenceDocument(input, verifier, NOW);
      if (found === undefined) return;
      held += 1;
      // Edits that change no content, in white space between attributes say, may pass; what is read may not change.
      expect(found).toMatchObject({ version, values });
    });
    expect(held).toBeGreaterThan(0);
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });
});
