import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import {
  ENGINE_HOST,
  freePort,
  groupGone,
  signalGroup,
  startEngineProcess,
} from "../../src/models/engine-process/index.ts";

/** Runs a few lines of JavaScript as an engine. */
function run(program: string, graceMs = 2_000) {
  const lines: string[] = [];
  const firstLine = Promise.withResolvers<string>();
  const engine = startEngineProcess({
    program: process.execPath,
    arguments: ["-e", program],
    environment: { PATH: process.env["PATH"] ?? "" },
    graceMs,
    onLine(line) {
      lines.push(line);
      firstLine.resolve(line);
    },
  });
  return { engine, lines, firstLine: firstLine.promise };
}

it("tells status and cause as soon as the engine has ended", async () => {
  const { engine } = run("console.log('starting'); console.error('ValueError: no'); process.exitCode = 4;");
  expect(await engine.exited).toEqual({
    status: 4,
    signal: undefined,
    cause: "the engine ended with status 4: ValueError: no",
  });
  expect(await engine.stop()).toBe(true);
});

it("tells the signal that ended it", async () => {
  const { engine, firstLine } = run("console.log('up'); setInterval(() => {}, 1000);");
  await firstLine;
  process.kill(engine.pid ?? 0, "SIGSEGV");
  expect(await engine.exited).toMatchObject({ status: undefined, signal: "SIGSEGV" });
});

it.each([
  ["/nowhere/engine", "the engine's program could not be started: it does not exist"],
  ["/", "the engine's program could not be started: it may not be run by this user"],
  ["a\0b", "the engine's program could not be started: its command is not valid"],
])("takes %j for an engine that has ended", async (program, cause) => {
  const engine = startEngineProcess({ program, arguments: [], environment: {}, graceMs: 10, onLine() {} });
  expect((await engine.exited).cause).toBe(cause);
  expect([engine.pid, await engine.stop()]).toEqual([undefined, true]);
});

it("asks first: an engine may end in order", async () => {
  const { engine, lines, firstLine } = run(
    "process.on('SIGTERM', () => { console.log('bye'); process.exit(0); }); setInterval(() => {}, 1000); console.log('up');",
  );
  await firstLine;
  expect(await engine.stop()).toBe(true);
  expect(await engine.exited).toMatchObject({ status: 0 });
  expect(lines).toEqual(["up", "bye"]);
});

it("ends the whole group, whatever ignores TERM in it", async () => {
  const stubborn = "process.on('SIGTERM', () => {}); setTimeout(() => {}, 20000); console.log(process.pid);";
  const { engine, firstLine } = run(
    `process.on('SIGTERM', () => {}); setTimeout(() => {}, 20000);
     require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(stubborn)}], { stdio: 'inherit' });`,
    30,
  );
  await firstLine;
  const group = engine.pid ?? 0;
  expect(signalGroup(group, 0)).toBe(true);
  const stopped = engine.stop();
  expect(engine.stop()).toBe(stopped);
  expect(await stopped).toBe(true);
  expect(await groupGone(group, 0)).toBe(true);
});

it("does not wait for a pipe that a process outside of the group holds", async () => {
  const outlaw = "process.stdin.on('end', () => process.exit()).resume(); setTimeout(() => {}, 5000);";
  const { engine, firstLine } = run(
    `const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(outlaw)}],
       { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
     console.log(child.pid); child.unref(); setTimeout(() => process.exit(0), 20);`,
  );
  const pid = Number(await firstLine);
  expect(await engine.exited).toMatchObject({ status: 0 });
  process.kill(pid, "SIGKILL");
});

it("never signals what is no group of its own", () => {
  for (const leader of [0, 1, -1, Number.NaN, 1.5]) expect(signalGroup(leader, 0)).toBe(false);
});

it("finds a port that is free", async () => {
  const server = createServer().listen(await freePort(), ENGINE_HOST);
  await once(server, "listening");
  server.close();
});
