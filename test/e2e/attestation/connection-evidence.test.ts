import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import { Code } from "@connectrpc/connect";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type BoundConnection, verifyEvidence } from "../../../clients/typescript/src/evidence/index.ts";
import { parseQuote } from "../../../clients/typescript/src/quote/index.ts";
import type { Evidence } from "../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { attestationClient, attestOver } from "../../support/attestation-call.ts";
import { countedQuotes } from "../../support/counted-quotes.ts";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { errorReason, PROTOCOLS, type Protocol, rejection } from "../../support/rpc-client.ts";
import { openTlsCaller, type TlsCaller } from "../../support/tls-caller.ts";

const LABEL = "EXPORTER-countersign-attest-v1";
const counted = countedQuotes();
let gateway: TestGateway;
let release = (): void => {};

beforeAll(async () => {
  gateway = await startTestGateway({ engine: "http://127.0.0.1:1", tls: true, platform: counted.platform });
});
afterEach(() => release());
afterAll(() => gateway[Symbol.asyncDispose]());

const freshNonce = (): Uint8Array => new Uint8Array(randomBytes(32));

const WAYS = [
  { protocol: "connect", httpVersion: "1.1" },
  { protocol: "connect", httpVersion: "2" },
  { protocol: "grpc-web", httpVersion: "1.1" },
  { protocol: "grpc-web", httpVersion: "2" },
  { protocol: "grpc", httpVersion: "2" },
] as const satisfies readonly { protocol: Protocol; httpVersion: "1.1" | "2" }[];

const dial = (httpVersion: "1.1" | "2" = "2"): Promise<TlsCaller> =>
  openTlsCaller(gateway.tlsUrl ?? "", { httpVersion });

async function evidenceOf(caller: TlsCaller, nonce: Uint8Array, protocol: Protocol = "connect"): Promise<Evidence> {
  const { evidence, message } = await attestOver(caller, protocol, nonce);
  if (evidence === undefined) throw new Error(`no evidence: ${message}`);
  return evidence;
}

/** Judged by what this side of the connection sees. */
async function judge(evidence: Evidence, nonce: Uint8Array, connection: BoundConnection) {
  const { policy } = gateway;
  return (await verifyEvidence({ evidence, nonce, connection, policy, now: Date.now() / 1000 })).verdict;
}

const boundTo = (caller: TlsCaller, nonce: Uint8Array): BoundConnection => ({
  leafSpki: caller.spki,
  exporter: caller.exporter(LABEL, nonce),
});

describe.each(WAYS)("$protocol over HTTP/$httpVersion", ({ protocol, httpVersion }) => {
  test("evidence is bound to this connection's exporter and leaf", async () => {
    using caller = await dial(httpVersion);
    const nonce = freshNonce();
    const evidence = await evidenceOf(caller, nonce, protocol);
    expect(evidence).toMatchObject({ fresh: true, simulated: true });
    // The schema's normative text, by hand.
    const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
    const expected = createHash("sha256").update("countersign.connection.v1\0").update(nonce);
    for (const part of [evidence.keyset, evidence.devices, evidence.manifest, caller.spki]) {
      expected.update(sha256(part));
    }
    const digest = expected.update(caller.exporter(LABEL, nonce)).digest();
    expect(Buffer.from(parseQuote(evidence.quote).body.reportData)).toEqual(Buffer.concat([digest, Buffer.alloc(32)]));
    const verdict = await judge(evidence, nonce, boundTo(caller, nonce));
    expect(verdict).toMatchObject({ result: "accepted", simulated: true });
    expect(verdict.checks).toContainEqual(expect.objectContaining({ id: "tls.channel", outcome: "pass" }));
  });

  test("relayed evidence, asked for on one connection and judged on another, is refused", async () => {
    using asked = await dial(httpVersion);
    using judged = await dial(httpVersion);
    // Both are connections to the same genuine gateway, with the same leaf.
    expect(judged.leaf.raw).toEqual(asked.leaf.raw);
    const nonce = freshNonce();
    const verdict = await judge(await evidenceOf(asked, nonce, protocol), nonce, boundTo(judged, nonce));
    expect(verdict.result).toBe("rejected");
    expect(verdict.checks).toContainEqual(expect.objectContaining({ id: "tls.channel", outcome: "fail" }));
  });

  test.each([0, 31, 33])("a nonce of %d bytes is refused", async (length) => {
    using caller = await dial(httpVersion);
    const { failure } = await attestOver(caller, protocol, randomBytes(length));
    expect(failure).toBe(protocol === "connect" ? 400 : Code.InvalidArgument);
  });

  test("TLS 1.2 is refused: its exporter answers, and does not commit to the whole handshake", async () => {
    const tls = { maxVersion: "TLSv1.2" } as const;
    using caller = await openTlsCaller(gateway.tlsUrl ?? "", { httpVersion, tls });
    expect(caller.socket.getProtocol()).toBe("TLSv1.2");
    expect(caller.exporter(LABEL, freshNonce())).toHaveLength(32);
    const { failure, message } = await attestOver(caller, protocol, freshNonce());
    expect(failure).toBe(protocol === "connect" ? 400 : Code.FailedPrecondition);
    expect(message).toContain("TLS 1.3");
  });
});

describe.each(PROTOCOLS)("over cleartext, %s", (protocol) => {
  test("fails the precondition and costs no quote", async () => {
    const before = counted.made.length;
    const error = await rejection(attestationClient(gateway.url, protocol).attestConnection({ nonce: freshNonce() }));
    expect(error.code).toBe(Code.FailedPrecondition);
    expect(errorReason(error)).toBe("TLS_REQUIRED");
    expect(counted.made.length).toBe(before);
  });
});

test("evidence of a connection is not evidence without one, nor the reverse", async () => {
  using caller = await dial();
  const nonce = freshNonce();
  const { policy } = gateway;
  const ofConnection = await evidenceOf(caller, nonce);
  const without = await verifyEvidence({ evidence: ofConnection, nonce, policy, now: Date.now() / 1000 });
  expect(without.verdict.result).toBe("rejected");
  const { evidence: plain } = await attestationClient(gateway.tlsUrl ?? "").getEvidence({ nonce });
  if (plain === undefined) throw new Error("no evidence");
  expect((await judge(plain, nonce, boundTo(caller, nonce))).result).toBe("rejected");
});

test("the same connection with another nonce, or another leaf, is another statement", async () => {
  using caller = await dial();
  const nonce = freshNonce();
  const evidence = await evidenceOf(caller, nonce);
  const other = freshNonce();
  expect(
    (await judge(evidence, nonce, { ...boundTo(caller, nonce), exporter: caller.exporter(LABEL, other) })).result,
  ).toBe("rejected");
  const leafSpki = caller.spki.slice();
  leafSpki[90] = (leafSpki[90] ?? 0) ^ 1;
  expect((await judge(evidence, nonce, { ...boundTo(caller, nonce), leafSpki })).result).toBe("rejected");
  expect((await judge(evidence, other, boundTo(caller, other))).result).toBe("rejected");
});

test("one attestation at a time on one connection; another connection need not wait", async () => {
  using caller = await dial("2");
  using other = await dial("2");
  release = counted.hold();
  const before = counted.made.length;
  const first = attestOver(caller, "connect", freshNonce());
  await expect.poll(() => counted.made.length, { interval: 2 }).toBe(before + 1);
  const second = await attestOver(caller, "connect", freshNonce());
  expect(second).toMatchObject({ failure: 429, message: expect.stringContaining("under way") });
  const elsewhere = attestOver(other, "connect", freshNonce());
  await expect.poll(() => counted.made.length, { interval: 2 }).toBe(before + 2);
  release();
  expect([(await first).failure, (await elsewhere).failure]).toEqual([0, 0]);
  expect((await attestOver(caller, "connect", freshNonce())).failure).toBe(0);
});

test.each(["TLSv1.3", "TLSv1.2"] as const)("no %s session can be resumed", async (version) => {
  const { hostname, port } = new URL(gateway.tlsUrl ?? "");
  const options = {
    host: hostname,
    port: Number(port),
    rejectUnauthorized: false,
    minVersion: version,
    maxVersion: version,
  } as const;
  const sessions: Buffer[] = [];
  const first = connect(options);
  first.on("session", (session) => sessions.push(session));
  await once(first, "secureConnect");
  await exchange(first);
  const offered = first.getSession();
  first.destroy();
  for (const session of [...sessions, ...(offered === undefined ? [] : [offered])]) {
    const second = connect({ ...options, session });
    await once(second, "secureConnect");
    expect(second.isSessionReused()).toBe(false);
    expect(second.getPeerX509Certificate()).toBeDefined();
    second.destroy();
  }
});

/** One request and answer: tickets come after the handshake, with or before the first answer. */
async function exchange(socket: TLSSocket): Promise<void> {
  socket.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await once(socket, "data");
}
