import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createUpstreamClient } from "../../src/upstream/index.ts";
import { type RawServer, startRawServer } from "./raw-server.ts";
import { patient, Recorder } from "./recorder.ts";
import { validResponses } from "./valid-responses.ts";

let server: RawServer;
let current: (typeof validResponses)[number] | undefined;

beforeAll(async () => {
  server = await startRawServer(({ socket }) => {
    const text = Buffer.from(current?.text ?? "", "latin1");
    if (current?.endsWithClose === true) socket.end(text);
    else socket.write(text);
  });
});

afterAll(() => server.close());

interface Answer {
  status: number | undefined;
  fields: string[];
  body: string;
}

/** The same request through node:http, an independent parser. */
function throughNodeHttp(method: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(server.origin, { method, agent: false }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => {
        body += chunk.toString("latin1");
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode, fields: response.rawHeaders, body }));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

test.each(validResponses)("node:http reads the same: $name", async (response) => {
  current = response;
  const client = createUpstreamClient({ origin: server.origin, timeouts: patient });
  const recorder = new Recorder();
  client.send({ method: response.method, path: "/", headers: [] }, recorder);
  await recorder.done;
  client.close();
  expect(recorder.error).toBeUndefined();
  const ours = {
    status: recorder.status,
    fields: recorder.headers?.entries().flat() ?? [],
    body: recorder.body.toString("latin1"),
  };
  expect(ours).toEqual(await throughNodeHttp(response.method));
});
