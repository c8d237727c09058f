import type { Constraints, RequestForm } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import type { Keyset } from "../signing/index.ts";

/** What a client knows about an exchange before the first answer byte: everything it will be compared with. */
export interface Exchange {
  /** Full method name, for example `/countersign.inference.v1.InferenceService/StreamChat`. */
  readonly method: string;
  /** Model asked for. */
  readonly model: string;
  /** `q`, made by the client over the payload it sends. 32 bytes. */
  readonly requestDigest: Uint8Array;
  /** Constraints sent. Absent equals empty. */
  readonly constraints?: Constraints | undefined;
  /** What the request digest is over: `payload` or `envelope`, as sent. Default `payload`. */
  readonly requestForm?: typeof RequestForm.PAYLOAD | typeof RequestForm.ENVELOPE;
  /** The keyset this client trusts. */
  readonly keyset: Keyset;
  /** The verifier's clock, Unix milliseconds. */
  readonly now: () => number;
}
