import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SimulatedAgent } from "../../../src/tee/simulated/agent/index.ts";
import { callAgent } from "./call-agent.ts";
import { type TestMachine, testMachine } from "./test-machine.ts";

let machine: TestMachine;
let agent: SimulatedAgent;
const sockets: Socket[] = [];

beforeAll(async () => {
  machine = testMachine();
  agent = await machine.start();
});
afterAll(() => machine.close());
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

const JSON_TYPE = { "content-type": "application/json" };

/** A connection on which a test writes its own bytes. */
function raw(path = agent.socketPath): Socket {
  const socket = connect(path);
  sockets.push(socket);
  return socket;
}

/** Everything that comes until the agent closes; a connection that is reset has closed as well. */
function received(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.once("close", () => resolve(text));
  });
}

describe("requests", () => {
  it.each([
    ["an empty body", { headers: JSON_TYPE, body: "" }],
    ["a type with parameters", { headers: { "content-type": "Application/JSON; charset=utf-8" } }],
    ["GET", { method: "GET" }],
  ])("may have %s", async (_, options) => {
    expect(await callAgent(agent.socketPath, "/Version", options)).toMatchObject({ status: 200 });
  });

  it("may say in the query that they are JSON", async () => {
    const plain = { headers: {}, body: '{"report_data":"01"}' };
    expect((await callAgent(agent.socketPath, "/GetQuote?json", plain)).body["report_data"]).toMatch(/^0100/);
    expect(await callAgent(agent.socketPath, "/GetQuote", plain)).toMatchObject({
      status: 400,
      body: { error: "content-type: the simulated agent speaks JSON only" },
    });
  });

  it.each<[string, string | Uint8Array]>([
    ["no JSON", "nonsense"],
    ["a JSON list", "[]"],
    ["JSON null", "null"],
    ["a JSON text", '"x"'],
    ["bytes that are no UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ["endless nesting", "[".repeat(200_000)],
  ])("with %s in the body are refused", async (_, body) => {
    const answer = await callAgent(agent.socketPath, "/Version", { headers: JSON_TYPE, body });
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringMatching(/^body: /) } });
  });

  it("with a field twice in the query are refused", async () => {
    const answer = await callAgent(agent.socketPath, "/GetQuote?report_data=00&report_data=01", { method: "GET" });
    expect(answer).toMatchObject({ status: 400, body: { error: "report_data: there twice" } });
  });

  it("with other methods of HTTP are refused", async () => {
    expect((await callAgent(agent.socketPath, "/Version", { method: "PUT" })).status).toBe(405);
  });

  it("may carry fields nobody asks for", async () => {
    const body = '{"report_data":"00","of_a_later_release":[1]}';
    expect((await callAgent(agent.socketPath, "/GetQuote", { headers: JSON_TYPE, body })).status).toBe(200);
  });

  it("that announce more than 10 MiB are refused before they are sent", async () => {
    const socket = raw();
    socket.write(
      `POST /GetKey HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${10 * 1024 * 1024 + 1}\r\n\r\n`,
    );
    const answer = await received(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('{"error":"body: more than 10 MiB"}');
  });

  it("of exactly 10 MiB are read", async () => {
    const frame = '{"path":""}';
    const body = `{"path":"${"x".repeat(10 * 1024 * 1024 - frame.length)}"}`;
    expect((await callAgent(agent.socketPath, "/GetKey", { headers: JSON_TYPE, body })).status).toBe(200);
  });

  it("that turn out to have more are refused, and the agent lives on", async () => {
    const socket = raw();
    socket.write(
      "POST /GetKey HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    for (let mebibyte = 0; mebibyte < 10; mebibyte++) socket.write(`100000\r\n${"x".repeat(1024 * 1024)}\r\n`);
    socket.write("1\r\nx\r\n0\r\n\r\n");
    expect(await received(socket)).toContain('{"error":"body: more than 10 MiB"}');
    expect((await callAgent(agent.socketPath, "/Version")).status).toBe(200);
  });

  it("that break off harm nobody", async () => {
    const socket = raw();
    socket.end("POST /GetKey HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
    await received(socket);
    expect((await callAgent(agent.socketPath, "/Version")).status).toBe(200);
  });
});

describe("answers", () => {
  it("are JSON with their length in bytes, and errors are, too", async () => {
    for (const path of ["/Info", "/nothing"]) {
      const { headers, text } = await callAgent(agent.socketPath, path);
      expect(headers["content-type"]).toBe("application/json");
      expect(headers["transfer-encoding"]).toBeUndefined();
      expect(Number(headers["content-length"])).toBe(Buffer.byteLength(text));
    }
  });

  it("follow each other on one connection, after a refusal, too", async () => {
    const socket = raw();
    const request = (path: string, more = "") =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n${more}\r\n{}`;
    socket.write(request("/nothing") + request("/Version", "Connection: close\r\n"));
    const text = await received(socket);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 404", "HTTP/1.1 200"]);
  });

  it("do not tell what failed inside", async () => {
    const secret = "in here";
    const failing = await machine.start({
      quoteMaker: (input) => {
        // The agent's own certificate is made with a quote at start.
        if (input.reportData[0] === 0xee) throw new Error(secret);
        return machine.platform.quote(input);
      },
    });
    const answer = await callAgent(failing.socketPath, "/GetQuote", {
      headers: JSON_TYPE,
      body: '{"report_data":"ee"}',
    });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain(secret);
  });
});

describe("idle connections", () => {
  it("are closed, before a request as well as after one", async () => {
    const impatient = await machine.start({ idleMs: 50 });
    const silent = raw(impatient.socketPath);
    const used = raw(impatient.socketPath);
    used.write("GET /Version HTTP/1.1\r\nHost: x\r\n\r\n");
    const [nothing, answer] = await Promise.all([received(silent), received(used)]);
    expect(nothing).not.toContain("200");
    expect(answer).toContain("0.6.0");
  });
});
