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
} as const;
