import { createHash, type Hash, hash } from "node:crypto";
import { type ExchangeStatus, type ResponseTextForm, responseText } from "../signing/index.ts";
import { Exchange, type ExchangeOrigin, type ExchangeServices } from "./exchange.ts";

const EMPTY = Buffer.alloc(0);

/** A REST exchange: both bodies are hashed as plain bytes, and the REST text is signed with the response keys. */
export class BodyExchange extends Exchange {
  readonly #form: ResponseTextForm;
  readonly #requestDigest: string;
  /** The first bytes, while there are no others: answers that come as a whole are hashed in one call. */
  #first: Uint8Array | undefined;
  /** Hash of everything absorbed, once there is more than the first bytes. */
  #hash: Hash | undefined;
  #bytes = 0;
  /** Bytes covered by the stored signature; -1: none stored. */
  #sealedBytes = -1;
  #sealedStatus: ExchangeStatus | undefined;

  /** `request` is the request body exactly as received. */
  constructor(services: ExchangeServices, origin: ExchangeOrigin, form: ResponseTextForm, request: Uint8Array) {
    super(services, origin);
    this.#form = form;
    this.#requestDigest = hash("sha256", request, "hex");
  }

  /** Ids of the two keys that sign the answer, separated by a comma. */
  get keyIds(): string {
    const { ecdsaKeyId, ed25519KeyId } = this.services.keys.response;
    return `${ecdsaKeyId}, ${ed25519KeyId}`;
  }

  /** Hashes bytes that are about to be sent to the caller. They must not change afterwards. */
  absorb(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#hash === undefined) {
      if (this.#first === undefined) {
        this.#first = bytes;
        return;
      }
      this.#hash = createHash("sha256").update(this.#first);
      this.#first = undefined;
    }
    this.#hash.update(bytes);
  }

  /** Hex SHA-256 of everything absorbed so far. */
  #digest(): string {
    return this.#hash === undefined ? hash("sha256", this.#first ?? EMPTY, "hex") : this.#hash.copy().digest("hex");
  }

  /**
   * Signs everything absorbed so far and stores the signatures: call it before the last bytes are released. May be
   * called again after more bytes; the newer signatures then replace the older.
   */
  seal(status: ExchangeStatus): void {
    if (this.#sealedBytes === this.#bytes && this.#sealedStatus === status) return;
    this.#sealedBytes = this.#bytes;
    this.#sealedStatus = status;
    const text = responseText(this.#form, {
      model: this.origin.model,
      requestDigest: this.#requestDigest,
      responseDigest: this.#digest(),
      responseBytes: this.#bytes,
      status,
    });
    const signer = this.services.keys.response;
    this.store(
      text,
      this.sign(() => signer.sign(text)),
      signer,
      status,
    );
  }

  /** Seals if need be and ends the exchange. A seal made for another status is replaced. */
  finish(status: ExchangeStatus, reason = ""): void {
    if (this.finished) return;
    this.seal(status);
    this.settle(status, reason, this.#bytes);
  }

  /** Ends an exchange that produced no answer of the engine: nothing was served, nothing is signed. */
  refuse(reason: string): void {
    this.settle(reason === "cancelled" ? "cancelled" : "upstream_failed", reason, 0);
  }
}
