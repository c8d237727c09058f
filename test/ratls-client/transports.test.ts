import { once } from "node:events";
import { request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { describe, expect, it } from "vitest";
import { attestedFetch, createAttestedConnections } from "../../clients/typescript/src/attested/index.ts";
import { CountersignError } from "../../clients/typescript/src/errors/index.ts";
import { AttestationError, type VerifyConnection } from "../../clients/typescript/src/evidence/index.ts";
import { DEFAULT_POLICY } from "../../clients/typescript/src/policy/index.ts";
import type { Verdict } from "../../clients/typescript/src/verdict/index.ts";
import { type AttestedCaller, attestedCaller, CARRIERS, type Carrier, versionOf } from "./support/attested-caller.ts";
import { createLeafKey } from "./support/leaf.ts";
import { toHex } from "./support/ratls-vectors.ts";
import { reportDataVerifier } from "./support/report-data-verifier.ts";
import {
  ATTEST,
  type AttestCall,
  answer,
  honestEvidence,
  startTlsGateway,
  type TlsGateway,
} from "./support/tls-gateway.ts";

const tls = { rejectUnauthorized: false };
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function callerOf(
  carrier: Carrier,
  gateway: TlsGateway,
  verify: VerifyConnection = reportDataVerifier().verify,
): AttestedCaller {
  return attestedCaller(carrier, { baseUrl: gateway.url, policy: DEFAULT_POLICY, verify, tls });
}

async function failure(work: Promise<unknown>): Promise<CountersignError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CountersignError) return error;
  throw new Error("no CountersignError was thrown", { cause: error });
}

/** Asks a genuine gateway, over an own connection, for evidence with somebody else's nonce. */
async function evidenceFrom(url: string, body: Uint8Array): Promise<Buffer> {
  const request = httpsRequest(`${url}${ATTEST}`, { method: "POST", rejectUnauthorized: false, agent: false });
  request.end(body);
  const [response] = await once(request, "response");
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  return Buffer.concat(parts);
}

describe.each(CARRIERS)("attested connections for %s", (carrier) => {
  const httpVersion = versionOf(carrier);

  it("are attested with the first request on them, then reused", async () => {
    await using gateway = await startTlsGateway({ httpVersion });
    const verifier = reportDataVerifier();
    using caller = callerOf(carrier, gateway, verifier.verify);
    expect(await caller.send("/a")).toBe("hello");
    expect(gateway.requests).toEqual([
      { path: ATTEST, connection: 0 },
      { path: "/a", connection: 0, authorization: "Bearer secret" },
    ]);
    const [input] = verifier.inputs;
    expect(input?.leafSpki).toEqual(gateway.key.spki);
    expect(input?.nonce).toHaveLength(32);
    expect(input?.policy).toBe(DEFAULT_POLICY);
    expect(text((await caller.keys.attested()).keyset)).toBe("keyset one");
    expect(verifier.inputs).toHaveLength(1);
  });

  it("hold every request until their own connection is verified", async () => {
    await using gateway = await startTlsGateway({ httpVersion });
    const verifier = reportDataVerifier();
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    using caller = callerOf(carrier, gateway, async (input) => {
      begun.resolve();
      await gate.promise;
      return verifier.verify(input);
    });
    const answers = Promise.all(["/a", "/b", "/c"].map((path) => caller.send(path)));
    await begun.promise;
    // The loop turns often enough for anything that was sent to have arrived.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(gateway.requests.filter(({ path }) => path !== ATTEST)).toEqual([]);
    gate.resolve();
    expect(await answers).toEqual(["hello", "hello", "hello"]);
    const attested = new Set(
      gateway.requests.filter(({ path }) => path === ATTEST).map(({ connection }) => connection),
    );
    expect(attested.size).toBe(verifier.inputs.length);
    for (const { connection } of gateway.requests) expect(attested).toContain(connection);
    expect(new Set(verifier.inputs.map(({ nonce }) => text(nonce))).size).toBe(verifier.inputs.length);
    if (carrier === "sessions") expect(verifier.inputs).toHaveLength(1);
  });

  it("refuse evidence that a genuine gateway made for another connection, also under the same key", async () => {
    const key = createLeafKey();
    await using genuine = await startTlsGateway({ httpVersion: "1.1", key });
    await using relay = await startTlsGateway({
      httpVersion,
      key,
      attest: ({ body, response }) =>
        void evidenceFrom(genuine.url, body).then((evidence) => answer(response, evidence)),
    });
    using caller = callerOf(carrier, relay);
    const error = await failure(caller.send("/a"));
    expect(error.code).toBe("attestation.refused");
    expect((error as AttestationError).verdict.checks).toMatchObject([{ id: "tls.channel", outcome: "fail" }]);
    expect(genuine.requests).toHaveLength(1);
    expect(relay.requests).toEqual([{ path: ATTEST, connection: 0 }]);
  });

  it("refuse evidence for another nonce of the same connection", async () => {
    const asked: Uint8Array[] = [];
    await using gateway = await startTlsGateway({
      httpVersion,
      attest({ socket, nonce, response, key }) {
        asked.push(nonce);
        const other = nonce.with(0, (nonce[0] ?? 0) ^ 1);
        answer(response, honestEvidence(socket, other, key.spki, Buffer.from("keyset")));
      },
    });
    const { verify, inputs } = reportDataVerifier();
    using caller = callerOf(carrier, gateway, verify);
    expect((await failure(caller.send("/a"))).code).toBe("attestation.refused");
    expect(gateway.requests).toEqual([{ path: ATTEST, connection: 0 }]);
    // Judged by the nonce that was sent, not by the one the evidence states.
    expect(inputs.map(({ nonce }) => toHex(nonce))).toEqual(asked.map(toHex));
  });

  it.each<[string, (call: AttestCall) => void]>([
    ["a refusal", ({ response }) => answer(response, Buffer.from('{"code":"unavailable"}'), 503, "application/json")],
    ["an unknown method", ({ response }) => answer(response, new Uint8Array(), 404)],
    ["another encoding of the message", ({ response, honest }) => answer(response, honest(), 200, "application/json")],
    ["no evidence", ({ response }) => answer(response, new Uint8Array())],
    ["bytes that are no message", ({ response }) => answer(response, Uint8Array.of(0xff, 0xff, 0xff))],
    ["more than 4 MiB", ({ response }) => answer(response, new Uint8Array(4 * 1024 * 1024 + 1))],
    ["a cut in the middle", ({ response }) => response.write("x", () => response.socket?.destroy())],
  ])("send nothing after %s", async (_, attest) => {
    await using gateway = await startTlsGateway({ httpVersion, attest });
    using caller = callerOf(carrier, gateway);
    expect((await failure(caller.send("/a"))).code).toBe("attestation.unavailable");
    expect(gateway.requests).toEqual([{ path: ATTEST, connection: 0 }]);
  });

  it("refuse TLS 1.2", async () => {
    await using gateway = await startTlsGateway({ httpVersion, maxVersion: "TLSv1.2" });
    using caller = callerOf(carrier, gateway);
    expect((await failure(caller.send("/a"))).code).toBe("tls.channel");
    expect(gateway.requests).toEqual([]);
  });

  it("verify chain and name too, unless told otherwise", async () => {
    await using gateway = await startTlsGateway({ httpVersion });
    const { verify, inputs } = reportDataVerifier();
    using caller = attestedCaller(carrier, { baseUrl: gateway.url, policy: DEFAULT_POLICY, verify });
    expect((await failure(caller.send("/a"))).code).toBe("call.unavailable");
    using trusting = attestedCaller(carrier, {
      baseUrl: gateway.url,
      policy: DEFAULT_POLICY,
      verify,
      tls: { ca: gateway.certificate },
    });
    expect(await trusting.send("/a")).toBe("hello");
    expect(inputs).toHaveLength(1);
  });

  it("attest anew after the connection is lost, and count a refusal for one attempt only", async () => {
    await using gateway = await startTlsGateway({ httpVersion });
    const verifier = reportDataVerifier();
    let refuseNext = false;
    using caller = callerOf(carrier, gateway, async (input) => {
      const result = await verifier.verify(input);
      if (refuseNext) throw new AttestationError({ ...result.verdict, result: "rejected" });
      return result;
    });
    await caller.send("/a");
    await gateway.cut();
    refuseNext = true;
    expect((await failure(caller.send("/b"))).code).toBe("attestation.refused");
    refuseNext = false;
    expect(await caller.send("/c")).toBe("hello");
    expect(gateway.requests.map(({ path, connection }) => [connection, path])).toEqual([
      [0, ATTEST],
      [0, "/a"],
      [1, ATTEST],
      [2, ATTEST],
      [2, "/c"],
    ]);
  });

  it("prove another keyset once the gateway has one and the connections are renewed", async () => {
    await using gateway = await startTlsGateway({ httpVersion });
    using caller = callerOf(carrier, gateway);
    await caller.send("/a");
    gateway.keyset = new TextEncoder().encode("keyset two");
    expect(text((await caller.keys.attested()).keyset)).toBe("keyset one");
    caller.keys.renew();
    expect(text((await caller.keys.attested()).keyset)).toBe("keyset two");
    expect(await caller.send("/b")).toBe("hello");
    expect(gateway.requests.map(({ path, connection }) => [connection, path])).toEqual([
      [0, ATTEST],
      [0, "/a"],
      [1, ATTEST],
      [1, "/b"],
    ]);
  });

  it("prove the keys of a new connection once the old one is lost", async () => {
    await using gateway = await startTlsGateway({ httpVersion });
    using caller = callerOf(carrier, gateway);
    await caller.send("/a");
    await gateway.cut();
    gateway.keyset = new TextEncoder().encode("keyset two");
    expect(text((await caller.keys.attested()).keyset)).toBe("keyset two");
  });

  it("let calls in flight end when they are renewed", async () => {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await using gateway = await startTlsGateway({
      httpVersion,
      serve: (_, response) => {
        arrived.resolve();
        void release.promise.then(() => answer(response, Buffer.from("late"), 200, "text/plain"));
      },
    });
    using caller = callerOf(carrier, gateway);
    const late = caller.send("/late");
    await arrived.promise;
    caller.keys.renew();
    await caller.keys.attested();
    release.resolve();
    expect(await late).toBe("late");
    expect(await caller.send("/next")).toBe("late");
    expect(gateway.requests.map(({ path, connection }) => [connection, path])).toEqual([
      [0, ATTEST],
      [0, "/late"],
      [1, ATTEST],
      [1, "/next"],
    ]);
  });

  it("share one attestation between those who ask for the keys", async () => {
    await using gateway = await startTlsGateway({ httpVersion });
    using caller = callerOf(carrier, gateway);
    const [first, second] = await Promise.all([caller.keys.attested(), caller.keys.attested()]);
    expect(first).toBe(second);
    expect(await caller.send("/a")).toBe("hello");
    expect(gateway.connections).toBe(1);
  });

  it("give up when the gateway does not answer in time, and when the client is closed", async () => {
    let asked = Promise.withResolvers<void>();
    await using gateway = await startTlsGateway({ httpVersion, attest: () => asked.resolve() });
    const options = { baseUrl: gateway.url, policy: DEFAULT_POLICY, verify: reportDataVerifier().verify, tls };
    using impatient = attestedCaller(carrier, { ...options, attestationTimeoutMs: 100 });
    expect((await failure(impatient.send("/a"))).code).toBe("attestation.unavailable");
    asked = Promise.withResolvers();
    const patient = attestedCaller(carrier, options);
    const pending = failure(patient.send("/b"));
    await asked.promise;
    patient.keys.close();
    expect((await pending).code).toBe("call.cancelled");
    expect(gateway.requests.every(({ path }) => path === ATTEST)).toBe(true);
  });

  it("report every verdict, and refuse what no verdict accepts", async () => {
    await using gateway = await startTlsGateway({ httpVersion });
    const verdicts: Verdict[] = [];
    const verifier = reportDataVerifier();
    const options = {
      baseUrl: gateway.url,
      policy: DEFAULT_POLICY,
      tls,
      onVerdict: (verdict: Verdict) => void verdicts.push(verdict),
    };
    async function codeWith(verify: VerifyConnection): Promise<string> {
      using caller = attestedCaller(carrier, { ...options, verify });
      return (await failure(caller.send("/a"))).code;
    }
    const codes = [
      await codeWith(async () => {
        throw new TypeError("a fault");
      }),
      await codeWith(async (input) => {
        const result = await verifier.verify(input);
        return { ...result, verdict: { ...result.verdict, result: "rejected" } };
      }),
      await codeWith(async (input) => ({ ...(await verifier.verify(input)), keysetDigest: new Uint8Array(32) })),
    ];
    expect(codes).toEqual(["attestation.refused", "attestation.refused", "attestation.refused"]);
    expect(verdicts.map(({ result }) => result)).toEqual(["rejected", "accepted"]);
    expect(gateway.requests.every(({ path }) => path === ATTEST)).toBe(true);
  });

  it("say that nothing answers", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    const { verify } = reportDataVerifier();
    using caller = attestedCaller(carrier, { baseUrl: `https://127.0.0.1:${port}`, policy: DEFAULT_POLICY, verify });
    expect((await failure(caller.send("/a"))).code).toBe("call.unavailable");
  });
});

describe("attested connections", () => {
  const { verify } = reportDataVerifier();

  it("need https", () => {
    const options = { baseUrl: "http://127.0.0.1", policy: DEFAULT_POLICY, verify };
    expect(() => createAttestedConnections(options)).toThrow(/^\[config\.invalid\]/);
    expect(() => attestedFetch(options)).toThrow(/^\[config\.invalid\]/);
    const timeout = { ...options, baseUrl: "https://127.0.0.1", attestationTimeoutMs: 0 };
    expect(() => createAttestedConnections(timeout)).toThrow(/^\[config\.invalid\]/);
  });

  it("reach their gateway and nothing else", async () => {
    await using gateway = await startTlsGateway({ httpVersion: "1.1" });
    await using other = await startTlsGateway({ httpVersion: "1.1" });
    const options = { baseUrl: gateway.url, policy: DEFAULT_POLICY, verify, tls };
    const fetch = attestedFetch(options);
    expect((await failure(fetch(`${other.url}/a`))).code).toBe("config.invalid");
    expect((await failure(fetch(`http://127.0.0.1:${gateway.port}/a`))).code).toBe("config.invalid");
    const connections = createAttestedConnections({ ...options, httpVersion: "1.1" });
    if (connections.transportOptions.httpVersion !== "1.1") throw new Error("not an agent");
    const { agent } = connections.transportOptions.nodeOptions;
    const [error] = await once(httpsRequest(`${other.url}/a`, { agent }).end(), "error");
    expect(error).toMatchObject({ code: "config.invalid" });
    expect(other.requests).toEqual([]);
    expect(gateway.requests).toEqual([]);
  });

  it.each(["fetch", "agent"] as const)("refuse bytes nobody asked for, for %s", async (carrier) => {
    let socket: TLSSocket | undefined;
    await using gateway = await startTlsGateway({
      httpVersion: "1.1",
      attest(call) {
        socket = call.socket;
        answer(call.response, call.honest());
      },
    });
    using caller = callerOf(carrier, gateway, async (input) => {
      const attested = await verify(input);
      // Would otherwise be read as the answer to the caller's request.
      await new Promise((resolve) => socket?.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", resolve));
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      return attested;
    });
    expect((await failure(caller.send("/a"))).code).toBe("attestation.unavailable");
    expect(gateway.requests).toEqual([{ path: ATTEST, connection: 0 }]);
  });

  it("open another HTTP/2 connection after a GOAWAY, and attest it", async () => {
    await using gateway = await startTlsGateway({ httpVersion: "2" });
    using caller = callerOf("sessions", gateway);
    await caller.send("/a");
    await gateway.goAway();
    expect(await caller.send("/b")).toBe("hello");
    expect(gateway.requests.map(({ path, connection }) => [connection, path])).toEqual([
      [0, ATTEST],
      [0, "/a"],
      [1, ATTEST],
      [1, "/b"],
    ]);
  });

  it("open another HTTP/2 connection for a request whose own was retired just before", async () => {
    await using gateway = await startTlsGateway({ httpVersion: "2" });
    using caller = callerOf("sessions", gateway);
    await caller.send("/a");
    const sent = caller.send("/b");
    caller.keys.renew();
    expect(await sent).toBe("hello");
    expect(gateway.requests.slice(2).map(({ path, connection }) => [connection, path])).toEqual([
      [1, ATTEST],
      [1, "/b"],
    ]);
  });

  it("refuse a gateway that speaks another protocol", async () => {
    await using gateway = await startTlsGateway({ httpVersion: "1.1" });
    using caller = callerOf("sessions", gateway);
    expect((await failure(caller.send("/a"))).code).toMatch(/^(call\.unavailable|tls\.channel)$/);
    expect(gateway.requests).toEqual([]);
  });
});
