import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ConnectionOptions, connect, createServer, type Server, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { captureChannel } from "../../clients/typescript/src/attested/index.ts";
import { CountersignError } from "../../clients/typescript/src/errors/index.ts";
import { NATIVE_EXPORTER_LABEL } from "../../clients/typescript/src/ratls/index.ts";
import { certificatePem } from "../../clients/typescript/src/x509/index.ts";
import { exporterValue } from "./support/exporter-value.ts";
import { createLeaf, createLeafKey } from "./support/leaf.ts";
import { hex } from "./support/ratls-vectors.ts";

const key = createLeafKey();
const now = Math.floor(Date.now() / 1000);
const leaf = createLeaf({ key, notBefore: now - 60, notAfter: now + 3600 });

describe("capturing a connection", () => {
  let server: Server;
  let port: number;
  let secret: { readonly hash: "sha256" | "sha384"; readonly bytes: Uint8Array } | undefined;

  beforeAll(async () => {
    const pem = key.privateKey.export({ type: "pkcs8", format: "pem" });
    server = createServer({ cert: certificatePem(leaf), key: pem }, (socket) => socket.on("error", () => {}).end("x"));
    server.on("keylog", (line: Buffer) => {
      const [name, , value = ""] = line.toString().trim().split(" ");
      if (name === "EXPORTER_SECRET") secret = { hash: value.length === 64 ? "sha256" : "sha384", bytes: hex(value) };
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  async function open(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
    await once(socket, "secureConnect");
    return socket;
  }

  it.each(["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"])(
    "takes the leaf, a new nonce, and the exporter value of RFC 8446 under %s",
    async (ciphers) => {
      const socket = await open({ ciphers });
      const channel = captureChannel(socket);
      socket.destroy();
      expect(channel.leaf).toEqual(leaf);
      expect(channel.leafSpki).toEqual(key.spki);
      if (secret === undefined) throw new Error("no secret was logged");
      expect(secret.hash).toBe(ciphers.slice(-6).toLowerCase());
      const expected = exporterValue(secret.hash, secret.bytes, NATIVE_EXPORTER_LABEL, channel.nonce, 32);
      expect(channel.exporter).toEqual(expected);
    },
  );

  it("takes the leaf also after chain and name were verified", async () => {
    const socket = await open({ rejectUnauthorized: true, ca: certificatePem(leaf) });
    expect(captureChannel(socket).leafSpki).toEqual(key.spki);
    socket.destroy();
  });

  it("never repeats nonce or exporter value", async () => {
    const [first, second] = await Promise.all([open(), open()]);
    const channels = [first, second].map((socket) => captureChannel(socket));
    for (const socket of [first, second]) socket.destroy();
    expect(channels[0]?.nonce).not.toEqual(channels[1]?.nonce);
    expect(channels[0]?.exporter).not.toEqual(channels[1]?.exporter);
  });

  function refusal(socket: TLSSocket): CountersignError {
    try {
      captureChannel(socket);
    } catch (error) {
      if (error instanceof CountersignError) return error;
    } finally {
      socket.destroy();
    }
    throw new Error("not refused");
  }

  it("refuses a resumed session, which has no certificate to bind", async () => {
    const first = await open();
    const session = once(first, "session");
    first.resume();
    const [ticket] = await session;
    const resumed = await open({ session: ticket });
    expect(resumed.isSessionReused()).toBe(true);
    expect(refusal(resumed).message).toMatch(/^\[tls\.channel\].*resumed/);
  });

  it("refuses TLS 1.2, where the exporter answers too", async () => {
    const old = await open({ maxVersion: "TLSv1.2" });
    expect(old.exportKeyingMaterial(32, NATIVE_EXPORTER_LABEL, Buffer.alloc(32))).toHaveLength(32);
    expect(refusal(old).message).toMatch(/^\[tls\.channel\].*TLS 1\.3/);
  });

  it("captures once: a second capture finds no certificate and refuses", async () => {
    const socket = await open();
    captureChannel(socket);
    expect(refusal(socket).message).toMatch(/^\[tls\.channel\].*no certificate/);
  });
});
