import type { AttestedConnection } from "../evidence/index.ts";

/** Connections of one gateway, each attested before a byte of a caller's goes over it. */
export interface AttestedKeys {
  /**
   * What the newest connection proved; opens one if none is open. Concurrent callers share one attestation.
   *
   * @throws CountersignError `tls.channel`, `attestation.*`, `call.*`
   */
  attested(): Promise<AttestedConnection>;
  /**
   * Retires the open connections, for example because the gateway signs with keys they did not prove: what is sent from
   * now on goes over one attested anew. Calls in flight come to their end.
   */
  renew(): void;
  /** Closes the connections; calls in flight fail. */
  close(): void;
}
