import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Child } from "./children.ts";

/** Something that listens on loopback, with the processes whose cost counts. */
export interface Endpoint {
  readonly port: number;
  readonly pids: readonly number[];
  readonly child: Child;
}

const READY_WITHIN_MS = 20_000;
const ASK_EVERY_MS = 50;

/** A port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Waits until the URL answers 200; fails at once if the process ends, or after 20 s. */
export async function ready(name: string, child: Child, url: string): Promise<void> {
  const limit = performance.now() + READY_WITHIN_MS;
  for (;;) {
    if (child.pid < 0 || child.process.exitCode !== null || child.process.signalCode !== null) {
      throw new Error(`${name} ended during its start:\n${child.stderr()}`);
    }
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      await response.arrayBuffer();
      if (response.status === 200) return;
    } catch {
      // Not listening yet.
    }
    if (performance.now() > limit)
      throw new Error(`${name} is not ready after ${READY_WITHIN_MS / 1_000} s:\n${child.stderr()}`);
    await delay(ASK_EVERY_MS);
  }
}
