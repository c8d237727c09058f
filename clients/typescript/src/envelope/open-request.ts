import type { CryptoKey } from "hpke";
import { ANSWER_EXPORT, ANSWER_SECRET_BYTES } from "./answer-keys.ts";
import { envelopeInfo, requestAad } from "./context.ts";
import { type RequestPlaintext, readRequestPlaintext } from "./request-plaintext.ts";
import { suite } from "./suite.ts";

/** The recipient's key pair, as HPKE takes it. */
export type EnvelopeKeyPair = Readonly<{ publicKey: CryptoKey; privateKey: CryptoKey }>;

/** @param secret X25519 private key, 32 bytes. Rejects at any other length */
export async function envelopeKeyPair(secret: Uint8Array, publicKey: Uint8Array): Promise<EnvelopeKeyPair> {
  return {
    privateKey: await suite.DeserializePrivateKey(secret, false),
    publicKey: await suite.DeserializePublicKey(publicKey),
  };
}

/** An opened request. */
export interface OpenedRequest extends RequestPlaintext {
  /** What the answer is sealed under: secret of AnswerSecret. */
  readonly secret: Uint8Array;
}

/**
 * Opens a request: the recipient's side. Everything but the key pair and the context is the sender's.
 *
 * @returns undefined if it does not open, for whatever reason: there is nothing a sender should learn from the
 *   difference
 */
export async function openRequest(
  keys: EnvelopeKeyPair,
  context: Uint8Array,
  encapsulatedKey: Uint8Array,
  ciphertext: Uint8Array,
): Promise<OpenedRequest | undefined> {
  try {
    const recipient = await suite.SetupRecipient(keys, encapsulatedKey, { info: envelopeInfo(context) });
    const opened = readRequestPlaintext(await recipient.Open(ciphertext, requestAad(context)));
    return opened && { ...opened, secret: await recipient.Export(ANSWER_EXPORT, ANSWER_SECRET_BYTES) };
  } catch {
    return undefined;
  }
}
