import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callAgent } from "./call-agent.ts";
import { type TestMachine, testMachine } from "./test-machine.ts";

let machine: TestMachine;
beforeEach(() => {
  machine = testMachine();
});
afterEach(() => machine.close());

const socketPath = () => join(machine.directory, "agent", "dstack.sock");

describe("the agent's socket", () => {
  it("is its owner's alone, and gone after close", async () => {
    const agent = await machine.start({ socketPath: socketPath() });
    expect(statSync(socketPath()).mode & 0o777).toBe(0o600);
    expect(statSync(join(socketPath(), "..")).mode & 0o777).toBe(0o700);
    await agent.close();
    expect(existsSync(socketPath())).toBe(false);
  });

  it("replaces one that a dead process has left behind", async () => {
    mkdirSync(join(socketPath(), ".."), { mode: 0o700 });
    // A process that dies without closing leaves its socket in the file system.
    const script =
      "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
    expect(() => execFileSync(process.execPath, ["-e", script, socketPath()], { stdio: "ignore" })).toThrow();
    expect(existsSync(socketPath())).toBe(true);
    await machine.start({ socketPath: socketPath() });
    expect((await callAgent(socketPath(), "/Version")).status).toBe(200);
  });

  it("is not taken away from an agent that lives", async () => {
    await machine.start({ socketPath: socketPath() });
    await expect(machine.start({ socketPath: socketPath() })).rejects.toMatchObject({ code: "tee.refused" });
    expect((await callAgent(socketPath(), "/Version")).status).toBe(200);
  });

  it("is not put in the place of something else", async () => {
    mkdirSync(join(socketPath(), ".."), { mode: 0o700 });
    writeFileSync(socketPath(), "");
    await expect(machine.start({ socketPath: socketPath() })).rejects.toMatchObject({ code: "tee.refused" });
  });

  it("is not put where others may enter", async () => {
    mkdirSync(join(socketPath(), ".."));
    chmodSync(join(socketPath(), ".."), 0o755);
    await expect(machine.start({ socketPath: socketPath() })).rejects.toMatchObject({ code: "tee.mismatch" });
  });

  it("has a path the system can take", async () => {
    const long = join(machine.directory, "x".repeat(110), "dstack.sock");
    await expect(machine.start({ socketPath: long })).rejects.toMatchObject({ code: "tee.refused" });
  });
});
