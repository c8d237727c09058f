import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where the simulated TEE keeps its keys unless it is told otherwise: one place per user, so that what a caller pins
 * today still holds after a restart (XDG base directories).
 */
export function defaultStateDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const configured = environment["XDG_STATE_HOME"];
  const base = configured?.startsWith("/") === true ? configured : join(homedir(), ".local", "state");
  return join(base, "countersign", "simulated-tee");
}
