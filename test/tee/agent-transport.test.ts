import { describe, expect, it } from "vitest";
import { agentAt, agentSocket, json, rawSocket } from "./scripted-agent.ts";

const VERSION = { version: "0.6.0", rev: "abc" };

/** `version()` is the plainest call: what differs below is the way its answer comes. */
const versionAt = (path: string, timeoutMs = 5_000, signal?: AbortSignal): Promise<unknown> =>
  agentAt(path, { timeoutMs }).version(signal);

describe("a call to the agent", () => {
  it("is a POST of JSON with its length in bytes, on a connection of its own", async () => {
    const agent = await agentSocket((_request, response) => json(response, VERSION));
    const client = agentAt(agent.path);
    await client.version();
    await client.version();
    expect(agent.connections()).toBe(2);
    const [request] = agent.requests;
    expect(request).toMatchObject({
      method: "POST",
      url: "/Version",
      headers: { host: "dstack", "content-type": "application/json", "content-length": "2", connection: "close" },
    });
  });

  it("sends text that is not ASCII whole", async () => {
    const agent = await agentSocket((_request, response) => json(response, {}, 400));
    await expect(agentAt(agent.path).getKey("mödel/🔑", "signing", "ed25519")).rejects.toThrow("[tee.refused]");
    const [request] = agent.requests;
    expect(JSON.parse(request?.body.toString() ?? "")).toEqual({
      path: "mödel/🔑",
      purpose: "signing",
      algorithm: "ed25519",
    });
  });

  it("reads an answer in chunks, cut inside a character", async () => {
    const agent = await agentSocket((_request, response) => {
      const body = Buffer.from(JSON.stringify({ version: "0.6.0-ü🔑" }));
      response.writeHead(200, { "Content-Type": "application/json; charset=utf-8" });
      for (const byte of body) response.write(Buffer.of(byte));
      response.end();
    });
    expect(await versionAt(agent.path)).toEqual({ version: "0.6.0-ü🔑", revision: undefined });
  });

  it("reads an answer with a length and an open connection behind it", async () => {
    const path = await rawSocket((socket) => {
      const body = JSON.stringify({ version: "é" });
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
    expect(await versionAt(path)).toMatchObject({ version: "é" });
  });

  it.each([
    [400, "tee.refused"],
    [401, "tee.refused"],
    [500, "tee.refused"],
    [404, "tee.unsupported"],
    [405, "tee.unsupported"],
    [501, "tee.unsupported"],
    [201, "tee.malformed"],
    [204, "tee.malformed"],
    [302, "tee.malformed"],
  ])("ends with status %i as %s, whatever stands in the answer", async (status, code) => {
    const agent = await agentSocket((_request, response) => json(response, VERSION, status));
    await expect(versionAt(agent.path)).rejects.toMatchObject({ name: "TeeError", code });
  });

  it("takes {error} with status 200 for a refusal", async () => {
    const agent = await agentSocket((_request, response) => json(response, { error: "s3cret", ...VERSION }));
    const failure: Error = await versionAt(agent.path).then(
      () => new Error("answered"),
      (error: Error) => error,
    );
    expect(failure).toMatchObject({ code: "tee.refused" });
    expect(`${failure.message} ${String(failure.cause)}`).not.toContain("s3cret");
  });

  it.each([
    ["HTML", "text/html", "<html></html>"],
    ["JSON called HTML", "text/html", JSON.stringify(VERSION)],
    ["no content type", undefined, JSON.stringify(VERSION)],
    ["a type that starts like JSON's", "application/json-seq", JSON.stringify(VERSION)],
    ["no JSON", "application/json", '{"version":'],
    ["no UTF-8", "application/json", Buffer.from('{"version":"\xff"}', "latin1")],
    ["a list", "application/json", "[]"],
    ["null", "application/json", "null"],
    ["a text", "application/json", '"0.6.0"'],
    ["nothing", "application/json", ""],
  ])("refuses %s as malformed", async (_name, type, body) => {
    const agent = await agentSocket((_request, response) => {
      response.writeHead(200, type === undefined ? {} : { "Content-Type": type }).end(body);
    });
    await expect(versionAt(agent.path)).rejects.toMatchObject({ code: "tee.malformed" });
  });

  it("refuses a compressed answer", async () => {
    const agent = await agentSocket((_request, response) => {
      response.writeHead(200, { "Content-Type": "application/json", "Content-Encoding": "gzip" }).end("x");
    });
    await expect(versionAt(agent.path)).rejects.toMatchObject({ code: "tee.malformed" });
  });

  it("refuses an announced length over 10 MiB without waiting for it", async () => {
    const path = await rawSocket((socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${10 * 1024 * 1024 + 1}\r\n\r\n`,
      );
    });
    await expect(versionAt(path)).rejects.toThrow("[tee.malformed]");
  });

  it("stops reading after 10 MiB of an endless answer", async () => {
    let sent = 0;
    const agent = await agentSocket((_request, response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      const block = Buffer.alloc(1024 * 1024, 0x20);
      const more = (): void => {
        while (!response.destroyed && response.write(block)) sent += block.length;
        sent += block.length;
      };
      response.on("drain", more);
      more();
    });
    await expect(versionAt(agent.path)).rejects.toThrow("[tee.malformed]");
    expect(sent).toBeGreaterThan(10 * 1024 * 1024);
    expect(sent).toBeLessThan(40 * 1024 * 1024);
  });

  it.each([
    ["before the head", ""],
    ["in the head", "HTTP/1.1 200 OK\r\nContent-Ty"],
    ["in the body", 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"version":"0.6"}'],
    [
      "in a chunk",
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n{"version":"0.6"}',
    ],
    ["with something else than HTTP", "SSH-2.0-x\r\n"],
  ])("is unreachable if the agent closes %s", async (_name, text) => {
    const path = await rawSocket((socket) => socket.end(text));
    await expect(versionAt(path)).rejects.toMatchObject({ code: "tee.unreachable" });
  });

  it.each([
    ["before the head", ""],
    ["in the body", 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"version"'],
  ])("times out if the agent hangs %s", async (_name, text) => {
    const path = await rawSocket((socket) => socket.write(text));
    await expect(versionAt(path, 60)).rejects.toMatchObject({ code: "tee.timeout" });
  });

  it("ends when its caller gives up, before and during the call", async () => {
    const caller = new AbortController();
    const path = await rawSocket(() => caller.abort());
    await expect(versionAt(path, 5_000, caller.signal)).rejects.toMatchObject({ code: "tee.cancelled" });
    await expect(versionAt(path, 5_000, AbortSignal.abort())).rejects.toMatchObject({ code: "tee.cancelled" });
  });

  it("works again after a failure", async () => {
    let calls = 0;
    const agent = await agentSocket((_request, response) => {
      calls++;
      if (calls === 1) response.destroy();
      else json(response, VERSION);
    });
    const client = agentAt(agent.path);
    await expect(client.version()).rejects.toMatchObject({ code: "tee.unreachable" });
    expect(await client.version()).toEqual({ version: "0.6.0", revision: "abc" });
  });
});
