/** Event type of everything dstack itself extends RTMR3 with. */
export const RUNTIME_EVENT_TYPE = 0x0800_0001;

/** Index of a run-time measurement register. */
export type RegisterIndex = 0 | 1 | 2 | 3;

/** One event of a dstack event log: what a register was extended with. */
export interface EventLogEntry {
  /** Register that was extended; RTMR3 holds the runtime events, the others those of the boot. */
  readonly imr: RegisterIndex;
  /** 32 bits, unsigned. */
  readonly eventType: number;
  /** What extended the register, at most 48 bytes. Empty where the agent left it to be computed. */
  readonly digest: Uint8Array;
  /** Name. Of boot events a mere label, which nothing measures. */
  readonly event: string;
  /** Payload. Boot events often come without. */
  readonly payload: Uint8Array;
  /** How the digest of a runtime event is formed. */
  readonly version: 1 | 2;
  /** The bytes under the digest, where the agent gives them. */
  readonly preimage: Uint8Array | undefined;
}
