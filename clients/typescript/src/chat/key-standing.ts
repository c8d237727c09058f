/** Who vouches for the keys an answer was verified with. */
export interface KeyStanding {
  /** The caller, by pin or by bytes. */
  readonly pinned: boolean;
  /** Verified evidence of the connection. */
  readonly attested: boolean;
  /** Whether that evidence is a simulation's, and proves nothing about hardware. */
  readonly simulated: boolean;
}

/** The same in a word for people. */
export function standingText({ pinned, attested, simulated }: KeyStanding): string {
  if (attested) return simulated ? "attested by a SIMULATED TEE" : "attested";
  return pinned ? "pinned" : "NOT ATTESTED";
}
