import type { Policy } from "../policy/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import { CheckFailure, type Checks } from "../verdict/index.ts";
import {
  judgeCompose,
  judgeConfigId,
  judgeIdentity,
  judgeLateEvents,
  skipClaims,
  skipUnstatedClaims,
} from "./claim-checks.ts";
import { parseEventLog } from "./parse-event-log.ts";
import { type PlatformClaims, readPlatformClaims } from "./platform-claims.ts";
import { type EventLogReplay, replayEventLog } from "./replay-event-log.ts";

/** What a dstack event log is judged by. */
export interface EventLogInput {
  /** The agent's exact text; undefined where the platform keeps no log. Attacker-controlled. */
  readonly eventLog: string | undefined;
  /** Registers of a *verified* quote, 48 bytes each. */
  readonly registers: {
    readonly rtmr0: Uint8Array;
    readonly rtmr1: Uint8Array;
    readonly rtmr2: Uint8Array;
    readonly rtmr3: Uint8Array;
  };
  /** MRCONFIGID of the same quote, 48 bytes. */
  readonly mrConfigId: Uint8Array;
  /** The exact text of `app-compose.json`, where it was published. Attacker-controlled until its hash is compared. */
  readonly appCompose?: string | undefined;
  readonly policy: Policy;
  /** Moment of judgement, Unix seconds. A log states no times, so nothing of it depends on this. */
  readonly now: number;
}

/**
 * Verifies a dstack event log against a verified quote, and its claims against the policy. Records `rtmr3.replay`,
 * `rtmr.replay`, `rtmr3.boundary`, `compose.hash`, `compose.images`, `app.id`, `instance.id`, `os.image`,
 * `key_provider`, `mrconfigid.binding` and `event.extra`.
 *
 * Without a log every one of them is skipped, and only those whose claim the policy pins are needed.
 *
 * @returns the platform's claims, which are proven; undefined if there are none
 */
export async function verifyEventLog(checks: Checks, input: EventLogInput): Promise<PlatformClaims | undefined> {
  const { eventLog, registers, mrConfigId, appCompose, policy } = input;
  if (eventLog === undefined) {
    skipReplay(checks);
    skipUnstatedClaims(checks, policy);
    return undefined;
  }
  const log = await checks.run("rtmr3.replay", () => {
    const entries = parseEventLog(eventLog);
    const replay = replayEventLog(entries);
    requireRegister("RTMR3", replay.rtmr[3], registers.rtmr3);
    return { value: { entries, replay }, cause: `${replay.counts[3]} events replay to RTMR3 of the quote` };
  });
  if (log === undefined) {
    checks.skip("rtmr.replay", "the event log does not hold");
    checks.skip("rtmr3.boundary", "the event log does not hold");
    skipClaims(checks, "the event log does not hold");
    return undefined;
  }
  await judgeBootEvents(checks, log.replay, registers);
  const claims = await checks.run("rtmr3.boundary", () => ({
    value: readPlatformClaims(log.entries),
    cause: "the platform's events are there once each, before the boundary",
  }));
  if (claims === undefined) {
    skipClaims(checks, "the event log makes no valid claims");
    return undefined;
  }
  await judgeCompose(checks, claims, appCompose, policy);
  judgeIdentity(checks, claims, policy);
  judgeConfigId(checks, claims, mrConfigId);
  judgeLateEvents(checks, claims);
  return claims;
}

function skipReplay(checks: Checks): void {
  const cause = "the evidence holds no event log; the registers can only be pinned";
  for (const id of ["rtmr3.replay", "rtmr.replay", "rtmr3.boundary"] as const)
    checks.skip(id, cause, { required: false });
}

function requireRegister(name: string, replayed: Uint8Array, register: Uint8Array): void {
  if (equalBytes(replayed, register)) return;
  throw new CheckFailure(
    `the event log does not replay to ${name} of the quote`,
    "serve log and quote of one boot; fetch both again if an event was added in between",
  );
}

async function judgeBootEvents(
  checks: Checks,
  { rtmr, counts }: EventLogReplay,
  registers: EventLogInput["registers"],
): Promise<void> {
  const events = counts[0] + counts[1] + counts[2];
  if (events === 0) {
    const cause = "the log holds no boot events; RTMR0 to RTMR2 can only be pinned";
    checks.skip("rtmr.replay", cause, { required: false });
    return;
  }
  await checks.run("rtmr.replay", () => {
    requireRegister("RTMR0", rtmr[0], registers.rtmr0);
    requireRegister("RTMR1", rtmr[1], registers.rtmr1);
    requireRegister("RTMR2", rtmr[2], registers.rtmr2);
    return { value: undefined, cause: `${events} boot events replay to RTMR0, RTMR1 and RTMR2 of the quote` };
  });
}
