import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { afterAll, describe, expect, it } from "vitest";
import {
  EvidenceSchema,
  GetEvidenceRequestSchema,
  GetEvidenceResponseSchema,
} from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { verdictOf, verifyHere, verifyProcess } from "./run-verify.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-verify-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function listening(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: () => new Promise((done) => void server.close(() => done())) };
}

/** Answers GetEvidence with evidence that is for the caller's nonce, and in which nothing else holds. */
const emptyEvidence: RequestListener = async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { nonce } = fromBinary(GetEvidenceRequestSchema, Buffer.concat(chunks));
  const evidence = create(EvidenceSchema, { nonce, simulated: true });
  const body = toBinary(GetEvidenceResponseSchema, create(GetEvidenceResponseSchema, { evidence }));
  response.writeHead(200, { "content-type": "application/proto", connection: "close" }).end(body);
};

describe("countersign verify <url>", () => {
  it("exits with 20 where nothing listens, and says why", async () => {
    const { port } = await (async () => {
      await using closed = await listening(createTcpServer());
      return closed;
    })();
    const run = await verifyProcess(`https://127.0.0.1:${port}`, "--json");
    expect([run.status, run.out]).toEqual([20, ""]);
    expect(run.err).toMatch(/^countersign verify url: \[call\.unavailable\] .*\(ECONNREFUSED\)\n$/);
  });

  it("exits with 20 where what listens gives no evidence", async () => {
    await using server = await listening(
      createServer((_, response) => response.writeHead(404, { connection: "close" }).end("secret text")),
    );
    const run = await verifyHere(`http://127.0.0.1:${server.port}`);
    expect([run.status, run.out]).toEqual([20, ""]);
    expect(run.err).toContain("[attestation.unavailable]");
    expect(run.err).not.toContain("secret text");
  });

  it("gives a verdict on evidence that does not hold, and keeps it for later", async () => {
    await using server = await listening(createServer(emptyEvidence));
    const saved = join(folder, "evidence.json");
    const url = `http://127.0.0.1:${server.port}`;
    const run = await verifyHere(url, "--save", saved, "--json");
    expect([run.status, run.err]).toEqual([30, ""]);
    expect(verdictOf(run)).toMatchObject({ subject: "gateway", result: "malformed", simulated: true });
    expect(JSON.parse(readFileSync(saved, "utf8"))).toMatchObject({ format: "countersign.bundle.v1", simulated: true });

    const again = await verifyHere("bundle", saved, "--json");
    expect(again.status).toBe(30);
    expect(verdictOf(again)).toMatchObject({ subject: "bundle", result: "malformed", at: verdictOf(run).at });
    const later = await verifyHere("bundle", saved, "--at", "2030-01-01T00:00:00Z", "--json");
    expect(verdictOf(later).at).toBe("2030-01-01T00:00:00.000Z");
  });

  it("does not write over a file that is there", async () => {
    await using server = await listening(createServer(emptyEvidence));
    const kept = join(folder, "kept.json");
    writeFileSync(kept, "evidence");
    const run = await verifyHere(`http://127.0.0.1:${server.port}`, "--save", kept);
    expect([run.status, run.out, readFileSync(kept, "utf8")]).toEqual([2, "", "evidence"]);
    expect(run.err).toContain("EEXIST");
  });

  it.each(["https://", "https://user:secret@127.0.0.1", "url ftp://127.0.0.1"])("refuses %s as usage", async (url) => {
    const run = await verifyHere(...url.split(" "));
    expect([run.status, run.out]).toEqual([2, ""]);
    expect(run.err).not.toContain("secret");
  });
});
