import { CountersignError } from "../errors/index.ts";
import type { VerifiedSeal } from "./verified-seal.ts";

/** The answer did not complete, and the gateway has signed that it did not. Everything received is verified. */
export class IncompleteError extends CountersignError {
  override readonly name = "IncompleteError";
  /** The verified seal: how many chunks there are, and why there are no more. */
  readonly seal: VerifiedSeal;

  constructor(seal: VerifiedSeal, options?: ErrorOptions) {
    super("seal.incomplete", `the answer ended as ${seal.status} after ${seal.chunkCount} verified chunks`, options);
    this.seal = seal;
  }
}
