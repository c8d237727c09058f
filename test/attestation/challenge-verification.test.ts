import { createHash, randomBytes } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { type ChallengeInput, verifyChallenge } from "../../src/attestation/challenge-verification.ts";
import { platformPolicy } from "../../src/attestation/platform-policy.ts";
import { sharedPlatform, type TestPlatform } from "../support/simulated-tee.ts";

const spki = new Uint8Array(91).fill(1);
const challenge = new Uint8Array(randomBytes(32));
const exporter = new Uint8Array(randomBytes(32));
/** A moment within the validity of the simulated platform's collateral. */
const now = Date.now() / 1000;

let platform: TestPlatform;
let quote: Uint8Array;

/** SHA-512(SHA-256(SPKI) ‖ context ‖ exporter value), by hand. */
function reportDataOf(...binding: readonly Uint8Array[]): Uint8Array {
  const key = createHash("sha256").update(spki).digest();
  return new Uint8Array(
    createHash("sha512")
      .update(Buffer.concat([key, ...binding]))
      .digest(),
  );
}

beforeAll(async () => {
  platform = await sharedPlatform();
  ({ quote } = await platform.quotes.quote(reportDataOf(challenge, exporter)));
});

const honest = () => ({
  v: 2,
  mode: "challenge",
  tee: "tdx",
  quote: Buffer.from(quote).toString("base64url"),
  gpu_evidence: null,
  quote_time: "2026-09-04T10:15Z",
  client_evidence: "none",
  client_context: null,
});

function verify(answer: unknown, input: Partial<ChallengeInput> = {}) {
  return verifyChallenge({
    answer: Buffer.from(typeof answer === "string" ? answer : JSON.stringify(answer)),
    spki,
    challenge,
    exporter,
    policy: platformPolicy(platform.simulation.policy),
    now,
    collateralOf: async (bytes) => platform.collateral?.collateral(bytes),
    ...input,
  });
}

async function expectRefused(answer: unknown, input: Partial<ChallengeInput> = {}): Promise<void> {
  const { verdict, quote: shown } = await verify(answer, input);
  expect(verdict.result).not.toBe("accepted");
  expect(verdict.checks).toContainEqual(expect.objectContaining({ id: "tls.channel", outcome: "fail" }));
  // What is not about this connection is not reported as if it were.
  expect(shown).toBeUndefined();
}

test("an honest answer is accepted, and labelled simulated", async () => {
  const { verdict, quoteTime } = await verify(honest());
  expect(verdict).toMatchObject({ result: "accepted", simulated: true });
  expect(verdict.checks).toContainEqual(expect.objectContaining({ id: "tls.channel", outcome: "pass" }));
  expect(quoteTime).toBe("2026-09-04T10:15Z");
});

describe("a genuine quote of another statement is refused", () => {
  const other = new Uint8Array(32).fill(9);

  test.each([
    ["another connection", { exporter: other }],
    ["another challenge", { challenge: other }],
    ["another leaf", { spki: new Uint8Array(91).fill(2) }],
  ] as const)("of %s", async (_name, seen) => {
    await expectRefused(honest(), seen);
  });

  test("of challenge and connection in the other order", async () => {
    const { quote: swapped } = await platform.quotes.quote(reportDataOf(exporter, challenge));
    await expectRefused({ ...honest(), quote: Buffer.from(swapped).toString("base64url") });
  });
});

test.each([
  ["version 1", { v: 1 }],
  ["no version", { v: undefined }],
  ["the other mode (T18)", { mode: "deterministic" }],
  ["another platform", { tee: "sgx" }],
  ["GPU evidence nobody folded", { gpu_evidence: "AAAA" }],
  ["no quote", { quote: null }],
  ["an empty quote", { quote: "" }],
  ["a quote that is none", { quote: "AAAA" }],
  ["a padded quote", { quote: "AAAA==" }],
  ["a time that is none", { quote_time: "yesterday" }],
])("an answer with %s is refused", async (_name, change) => {
  await expectRefused({ ...honest(), ...change });
});

test.each(["", "null", "[]", "1", "{", '"challenge"'])("%j is refused", async (text) => {
  await expectRefused(text);
});

test("a changed quote is about this connection and does not hold", async () => {
  const changed = quote.slice();
  // Within MRTD: the report data stays.
  changed[200] = (changed[200] ?? 0) ^ 1;
  const { verdict } = await verify({ ...honest(), quote: Buffer.from(changed).toString("base64url") });
  expect(verdict.result).toBe("rejected");
  expect(verdict.checks).toContainEqual(expect.objectContaining({ id: "quote.signature", outcome: "fail" }));
});

test("without collateral it is not accepted", async () => {
  const { verdict } = await verify(honest(), { collateralOf: async () => undefined });
  expect(verdict.result).not.toBe("accepted");
});
