import { randomBytes } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyEvidence } from "../../../clients/typescript/src/evidence/index.ts";
import { DEFAULT_POLICY, type Policy } from "../../../clients/typescript/src/policy/index.ts";
import type { Evidence } from "../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { attestationClient } from "../../support/attestation-call.ts";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { errorReason, PROTOCOLS, rejection } from "../../support/rpc-client.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ engine: "http://127.0.0.1:1", tls: true });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const now = (): number => Date.now() / 1000;
const freshNonce = (): Uint8Array => new Uint8Array(randomBytes(32));

async function evidenceFor(nonce: Uint8Array, over = attestationClient(gateway.url)): Promise<Evidence> {
  const { evidence } = await over.getEvidence({ nonce });
  if (evidence === undefined) throw new Error("the answer holds no evidence");
  return evidence;
}

async function judge(evidence: Evidence, nonce: Uint8Array | undefined, policy: Policy = gateway.policy) {
  return verifyEvidence({ evidence, nonce, policy, now: now() });
}

describe.each(PROTOCOLS)("GetEvidence over %s", (protocol) => {
  test("for a nonce is fresh and verifies, and its keyset is the gateway's", async () => {
    const nonce = freshNonce();
    const evidence = await evidenceFor(nonce, attestationClient(gateway.url, protocol));
    expect(evidence).toMatchObject({ fresh: true, simulated: true });
    expect(Buffer.from(evidence.nonce)).toEqual(Buffer.from(nonce));
    expect(Number(evidence.created?.seconds)).toBeGreaterThan(now() - 60);
    const { verdict, keyset, manifest } = await judge(evidence, nonce);
    expect(verdict.checks.filter(({ outcome }) => outcome === "fail")).toEqual([]);
    expect(verdict).toMatchObject({ result: "accepted", simulated: true });
    expect(Buffer.from(keyset ?? [])).toEqual(Buffer.from(gateway.keys.keyset));
    expect(manifest).toMatchObject({ models: [{ name: "m" }], serverSideTools: false });
  });

  test.each([1, 16, 31, 33, 64])("refuses a nonce of %d bytes, naming the field", async (length) => {
    const error = await rejection(attestationClient(gateway.url, protocol).getEvidence({ nonce: randomBytes(length) }));
    expect(error).toMatchObject({ code: Code.InvalidArgument });
    expect(error.message).toContain("nonce");
    expect(errorReason(error)).toBe("INVALID_REQUEST");
  });
});

test("without a nonce: the same cached evidence twice, and it says that it is not fresh", async () => {
  const first = await evidenceFor(new Uint8Array());
  const second = await evidenceFor(new Uint8Array());
  expect(first).toMatchObject({ fresh: false, simulated: true });
  expect(Buffer.from(second.quote)).toEqual(Buffer.from(first.quote));
  const { verdict } = await judge(first, undefined);
  expect(verdict.result).toBe("accepted");
  expect(verdict.checks).toContainEqual(expect.objectContaining({ id: "nonce.bound", outcome: "skip" }));
  // Whoever sent a nonce does not take it for an answer to theirs.
  const replayed = await judge(first, freshNonce());
  expect(replayed.verdict.result).toBe("rejected");
  expect(replayed.keyset).toBeUndefined();
});

test("evidence over TLS without its connection is the same kind of evidence", async () => {
  const nonce = freshNonce();
  const evidence = await evidenceFor(nonce, attestationClient(gateway.tlsUrl ?? ""));
  expect((await judge(evidence, nonce)).verdict.result).toBe("accepted");
});

test("the shipped policy refuses a simulated TEE at its root, and says that it is simulated", async () => {
  const nonce = freshNonce();
  const { verdict, keyset } = await judge(await evidenceFor(nonce), nonce, DEFAULT_POLICY);
  expect(verdict).toMatchObject({ result: "rejected", simulated: true });
  expect(keyset).toBeUndefined();
  const failed = verdict.checks.filter(({ outcome }) => outcome === "fail").map(({ id }) => id);
  expect(failed).toEqual(expect.arrayContaining(["quote.chain", "simulation"]));
  // What hangs on the root is not judged: it is skipped, and a skipped check is no pass.
  expect(verdict.checks).toContainEqual(expect.objectContaining({ id: "quote.signature", outcome: "skip" }));
});

test("naming the root without allowing simulation is not enough, nor the reverse", async () => {
  const nonce = freshNonce();
  const evidence = await evidenceFor(nonce);
  for (const half of [{ allowSimulated: false }, { roots: [] }]) {
    const { verdict } = await judge(evidence, nonce, { ...gateway.policy, ...half });
    expect(verdict).toMatchObject({ result: "rejected", simulated: true });
  }
});

test.each(["keyset", "devices", "manifest", "nonce", "quote", "eventLog"] as const)(
  "a changed byte of %s is noticed",
  async (part) => {
    const nonce = freshNonce();
    const evidence = await evidenceFor(nonce);
    const bytes = evidence[part].slice();
    const at = part === "quote" ? 100 : bytes.length - 3;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect((await judge({ ...evidence, [part]: bytes }, nonce)).verdict.result).not.toBe("accepted");
  },
);
