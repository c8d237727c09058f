/** Exit statuses of every command. */
export const EXIT = {
  /** Done, and everything that was verified is valid. */
  ok: 0,
  /** Something failed that is nobody's input. */
  failure: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** A verification failed. */
  rejected: 10,
  /** The other side could not be reached, so nothing was verified. */
  unreachable: 20,
  /** What was to be verified cannot be read. */
  malformed: 30,
} as const;
