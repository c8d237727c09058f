import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** How often a group is looked at while it ends, at first and at most: nothing tells of the children of children. */
const FIRST_POLL_MS = 5;
const LONGEST_POLL_MS = 100;

/** Sends a signal to every process of a group; false if there is none. Signal 0 only asks. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  // kill(-1) and kill(0) mean every process there is and our own group.
  if (!Number.isInteger(leader) || leader <= 1) return false;
  try {
    process.kill(-leader, signal);
    return true;
  } catch (error) {
    // EPERM: there is a process, of another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Resolves with true as soon as no process of a group is left, or with false after `timeoutMs`. */
export async function groupGone(leader: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (let poll = FIRST_POLL_MS; await isAlive(leader); poll = Math.min(2 * poll, LONGEST_POLL_MS)) {
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await delay(Math.min(poll, left));
  }
  return true;
}

/**
 * The processes of a group that have not ended; undefined where the system does not tell (it does on Linux). One that has
 * ended and waits for its new parent to take note, which in some containers takes for ever, holds nothing any more.
 */
export async function groupMembers(leader: number): Promise<readonly number[] | undefined> {
  const entries = await readdir("/proc").catch(() => undefined);
  if (entries?.includes("self") !== true) return undefined;
  const members: number[] = [];
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue;
    const status = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    // The command's name is in brackets and may hold anything; state, parent and group follow it (proc(5)).
    const [state = "Z", , group] = status.slice(status.lastIndexOf(")") + 2).split(" ");
    if (Number(group) === leader && state !== "Z" && state !== "X") members.push(Number(entry));
  }
  return members;
}

async function isAlive(leader: number): Promise<boolean> {
  if (!signalGroup(leader, 0)) return false;
  const members = await groupMembers(leader);
  return members === undefined || members.length > 0;
}
