import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { DEFAULT_POLICY, policyText } from "@countersign/client/policy";
import { isCheckId, type Verdict } from "@countersign/client/verdict";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  AttestationService,
  CheckOutcome,
  type Evidence,
  EvidenceSchema,
  type VerifyEvidenceResponse,
} from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import { createEvidenceJudge } from "../../src/attestation/index.ts";
import { createJudgeThread } from "../../src/attestation/judge-thread.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { sharedPlatform } from "../support/simulated-tee.ts";
import { NONCE, NOW } from "./support/made-gateway.ts";

let gateway: TestGateway;
let client: ReturnType<typeof createClient<typeof AttestationService>>;
let evidence: Evidence;
let policy: Uint8Array;
beforeAll(async () => {
  gateway = await startTestGateway({ engine: "http://127.0.0.1:1" });
  client = createClient(AttestationService, createConnectTransport({ baseUrl: gateway.url, httpVersion: "1.1" }));
  const { simulation } = await sharedPlatform();
  policy = jsonPolicy(parse(policyText(simulation.policy)));
  const given = await client.getEvidence({ nonce: NONCE });
  if (given.evidence === undefined) throw new Error("no evidence");
  evidence = given.evidence;
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

const jsonPolicy = (value: unknown): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify(value)));
const verdictOf = ({ verdict }: VerifyEvidenceResponse): Verdict => JSON.parse(Buffer.from(verdict).toString("utf8"));

describe("VerifyEvidence", () => {
  it("accepts evidence under a policy that gives its roots as PEM, and sends the verdict in both forms", async () => {
    const answer = await client.verifyEvidence({ evidence, policy, nonce: NONCE });
    const verdict = verdictOf(answer);
    expect([answer.accepted, answer.simulated]).toEqual([true, true]);
    expect(verdict).toMatchObject({ format: "countersign.verdict.v1", subject: "evidence", result: "accepted" });
    expect(verdict.notes[0]).toMatch(
      /^The gateway that was asked has judged this\. Its word proves nothing about itself/,
    );

    const outcomes = {
      pass: CheckOutcome.PASS,
      fail: CheckOutcome.FAIL,
      skip: CheckOutcome.SKIP,
      waived: CheckOutcome.WAIVED,
    };
    expect(answer.checks.map(({ id, outcome, cause, remedy }) => ({ id, outcome, cause, remedy }))).toEqual(
      verdict.checks.map(({ id, outcome, cause, remedy = "" }) => ({ id, outcome: outcomes[outcome], cause, remedy })),
    );
    expect(answer.checks.every(({ id }) => isCheckId(id))).toBe(true);
  });

  it("rejects it under the default policy, and says what would fix it", async () => {
    const answer = await client.verifyEvidence({ evidence, nonce: NONCE });
    expect([answer.accepted, answer.simulated, verdictOf(answer).policy]).toEqual([false, true, "default"]);
    expect(answer.checks).toContainEqual(
      expect.objectContaining({
        id: "simulation",
        outcome: CheckOutcome.FAIL,
        remedy: expect.stringContaining("allow"),
      }),
    );
  });

  it("judges freshness by the caller's nonce, and leaves it open without one", async () => {
    const other = await client.verifyEvidence({ evidence, policy, nonce: new Uint8Array(32) });
    expect(other.checks).toContainEqual(expect.objectContaining({ id: "nonce.bound", outcome: CheckOutcome.FAIL }));
    const none = await client.verifyEvidence({ evidence, policy });
    expect(none.accepted).toBe(true);
    expect(none.checks).toContainEqual(expect.objectContaining({ id: "nonce.bound", outcome: CheckOutcome.SKIP }));
  });
});

describe("VerifyEvidence, asked wrongly or too often", () => {
  it("says which field of the policy is at fault", async () => {
    const asked = client.verifyEvidence({ evidence, policy: jsonPolicy({ version: 1, gpu: { count: -1 } }) });
    const error = await asked.then(
      () => undefined,
      (thrown: unknown) => ConnectError.from(thrown),
    );
    expect(error?.code).toBe(Code.InvalidArgument);
    expect(error?.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: "INVALID_REQUEST", domain: "countersign" }]);
    expect(error?.findDetails(BadRequestSchema)).toMatchObject([{ fieldViolations: [{ field: "policy.gpu.count" }] }]);
  });

  it("asks the caller to come back, and goes on giving evidence", async () => {
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => client.verifyEvidence({ evidence })));
    const refused = asked.filter((one) => one.status === "rejected").map(({ reason }) => ConnectError.from(reason));
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) {
      expect([error.code, error.findDetails(RetryInfoSchema)]).toMatchObject([Code.ResourceExhausted, [{}]]);
    }
    expect((await client.getEvidence({ nonce: new Uint8Array(32) })).evidence?.fresh).toBe(true);
  });
});

describe("a judge of evidence", () => {
  const address = "192.0.2.1";
  const request = { evidence: create(EvidenceSchema), policy: new Uint8Array(), nonce: new Uint8Array() };
  const generous = { total: { perSecond: 1e6, burst: 1e6 }, perAddress: { perSecond: 1e6, burst: 1e6 } };

  it("judges a few at once and refuses the rest, without counting what it refuses", async () => {
    const pending: PromiseWithResolvers<Verdict>[] = [];
    const thread = {
      verify() {
        const made = Promise.withResolvers<Verdict>();
        pending.push(made);
        return made.promise;
      },
    };
    const limits = { ...generous, perAddress: { perSecond: 1e-9, burst: 6 } };
    const judge = createEvidenceJudge({ limits, thread });
    const running = Array.from({ length: 4 }, () => judge.judge(request, address));
    for (let more = 0; more < 3; more++) {
      await expect(judge.judge(request, address)).rejects.toMatchObject({ code: "rate_limited" });
    }
    expect(pending).toHaveLength(4);
    pending[0]?.reject(new Error("the thread has ended"));
    await expect(running[0]).rejects.toThrow("the thread has ended");
    const fifth = judge.judge(request, address);
    expect(pending).toHaveLength(5);
    for (const made of pending) made.resolve({ notes: ["second"] } as unknown as Verdict);
    expect((await fifth).notes.slice(1)).toEqual(["second"]);
    await Promise.all(running.slice(1));
    // Five were counted, and one is left for this address.
    const sixth = judge.judge(request, address);
    await expect(judge.judge(request, address)).rejects.toMatchObject({ code: "rate_limited", retryAfterSeconds: 1e9 });
    pending.at(-1)?.resolve({ notes: [] } as unknown as Verdict);
    await sixth;
  });

  it.each<[string, object, string, string]>([
    ["no evidence", { evidence: undefined }, "evidence", "evidence: is required"],
    ["a nonce of 31 bytes", { nonce: new Uint8Array(31) }, "nonce", "nonce: 32 bytes, or none"],
    ["too large a policy", { policy: new Uint8Array(65_537) }, "policy", "policy: is larger than 65536 bytes"],
    ["a policy that is no text", { policy: Uint8Array.of(0xff) }, "policy", "policy: is not text in UTF-8"],
    ["a policy that is no JSON", { policy: Uint8Array.of(0x7b) }, "policy", "policy is not JSON"],
    [
      "a policy that is a list",
      { policy: jsonPolicy([]) },
      "policy",
      expect.stringContaining("policy: found an empty list"),
    ],
    [
      "a policy with a member twice",
      { policy: new Uint8Array(Buffer.from('{"debug":false,"debug":true}')) },
      "policy",
      "policy has a member that occurs twice",
    ],
    [
      "a policy with an unknown member",
      { policy: jsonPolicy({ version: 1, tcb: { acepted: [] } }) },
      "policy.tcb",
      'tcb: has an unknown member "acepted"; did you mean accepted?',
    ],
    [
      "a policy with a status nobody can accept",
      { policy: jsonPolicy({ version: 1, tcb: { accepted: ["Revoked"] } }) },
      "policy.tcb.accepted[0]",
      expect.stringContaining("Revoked cannot be accepted"),
    ],
    [
      "a policy that names a file",
      {
        policy: jsonPolicy({
          version: 1,
          roots: [{ kind: "tdx", fingerprint: "00".repeat(32), simulated: true, pem_file: "/etc/passwd" }],
        }),
      },
      "policy.roots[0].pem_file",
      "roots[0].pem_file: files cannot be read here; put the certificate in pem",
    ],
  ])("refuses %s, and names the field", async (_, changes, param, message) => {
    const thread = { verify: () => Promise.reject(new Error("nothing is to be verified")) };
    const refused = createEvidenceJudge({ limits: generous, thread }).judge({ ...request, ...changes }, address);
    await expect(refused).rejects.toMatchObject({ code: "invalid_request", param, message });
  });
});

describe("the thread that judges", () => {
  it("is replaced when it has ended, and fails only what it was asked until then", async () => {
    const thread = createJudgeThread();
    const question = { nonce: undefined, policy: DEFAULT_POLICY, now: NOW };
    const unreadable = thread.verify({ ...question, evidence: Uint8Array.of(0xff) });
    const behind = thread.verify({ ...question, evidence: new Uint8Array() });
    await expect(unreadable).rejects.toBeInstanceOf(Error);
    // Asked before the thread ended: answered, or failed with it, and never forgotten.
    await Promise.allSettled([behind]);
    expect(await thread.verify({ ...question, evidence: new Uint8Array() })).toMatchObject({ result: "malformed" });
  });
});
