import { expect, test } from "vitest";
import { createUpstreamClient } from "../../src/upstream/index.ts";
import { parse } from "./parse.ts";
import { startRawServer } from "./raw-server.ts";
import { patient, Recorder } from "./recorder.ts";
import { validResponses } from "./valid-responses.ts";

/** A small generator with a fixed seed (mulberry32), so that a failure can be repeated. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Octets and fragments with a meaning in HTTP/1.1: random ones alone would seldom get past the status line. */
const fragments = [
  "\r",
  "\n",
  "\r\n",
  "\r\n\r\n",
  "\0",
  " ",
  "\t",
  ":",
  ";",
  ",",
  "0",
  "f",
  "-",
  "+",
  "\xff",
  "0\r\n\r\n",
  "Content-Length: 3\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Connection: close\r\n",
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "ffffffffffffffff",
].map((text) => Buffer.from(text, "latin1"));

function mutated(random: (below: number) => number): { response: Buffer; method: string } {
  const base = validResponses[random(validResponses.length)];
  if (base === undefined) throw new Error("no base response");
  let response = Buffer.from(base.text, "latin1");
  for (let left = 1 + random(3); left > 0; left--) {
    const at = random(response.length + 1);
    const before = response.subarray(0, at);
    const fragment = fragments[random(fragments.length)] ?? Buffer.alloc(0);
    switch (random(5)) {
      case 0: // insert
        response = Buffer.concat([before, fragment, response.subarray(at)]);
        break;
      case 1: // replace
        response = Buffer.concat([before, fragment, response.subarray(at + fragment.length)]);
        break;
      case 2: // remove
        response = Buffer.concat([before, response.subarray(at + 1 + random(4))]);
        break;
      case 3: // repeat
        response = Buffer.concat([response.subarray(0, at + random(20)), response.subarray(at)]);
        break;
      default: // cut off
        response = Buffer.from(before);
    }
  }
  return { response, method: base.method };
}

test("4000 mutated responses: never an exception, one outcome at most, the same however cut", () => {
  const random = generator(1);
  const outcomes = new Map<string, number>();
  for (let round = 0; round < 4000; round++) {
    const { response, method } = mutated(random);
    const whole = parse(response, [], { method });
    outcomes.set(whole.outcome, (outcomes.get(whole.outcome) ?? 0) + 1);
    const lengths = Array.from({ length: 8 }, () => 1 + random(24));
    for (const cut of [lengths, Array.from(response, () => 1)]) {
      expect(
        { ...parse(response, cut, { method }), reusable: false },
        JSON.stringify(response.toString("latin1")),
      ).toEqual({
        ...whole,
        reusable: false,
      });
    }
  }
  // The mutations reach all of these, or the test has stopped testing.
  for (const outcome of ["complete", "cut", "malformed"]) expect(outcomes.get(outcome)).toBeGreaterThan(400);
});

test("400 mutated responses over sockets: each call ends exactly once, and every later one still works", async () => {
  const random = generator(2);
  let next: { response: Buffer; stays: boolean } | undefined;
  const server = await startRawServer(({ socket }) => {
    if (next === undefined) {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsane");
    } else if (next.stays) {
      // The connection stays open for a moment, so that reuse is tried; then it closes, so that nothing waits for ever.
      socket.write(next.response);
      setImmediate(() => socket.end());
    } else {
      socket.end(next.response);
    }
  });
  const client = createUpstreamClient({ origin: server.origin, timeouts: patient });
  for (let round = 0; round < 400; round++) {
    const { response, method } = mutated(random);
    next = { response, stays: random(2) === 0 };
    const recorder = new Recorder();
    client.send({ method, path: "/", headers: [] }, recorder);
    await recorder.done;
    expect(recorder.error?.code).not.toBe("total_timeout");
    next = undefined;
    const control = new Recorder();
    client.send({ method: "GET", path: "/", headers: [] }, control);
    await control.done;
    expect({ error: control.error, body: control.body.toString() }).toEqual({ error: undefined, body: "sane" });
    expect(recorder.terminals).toBe(1);
  }
  expect(client.active).toBe(0);
  client.close();
  server.close();
});
