import { create, toBinary } from "@bufbuild/protobuf";
import { SealedRequestSchema } from "../../../../gen/ts/countersign/envelope/v1/envelope_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { requestDigest } from "../transcript/index.ts";
import { ANSWER_EXPORT, ANSWER_SECRET_BYTES, type AnswerSecret } from "./answer-keys.ts";
import { type EnvelopeCall, envelopeContext, envelopeInfo, requestAad } from "./context.ts";
import { type RequestPlaintext, requestPlaintext } from "./request-plaintext.ts";
import { suite } from "./suite.ts";

/** An encrypted request. */
export interface SealedRequestBytes {
  /** Serialised SealedRequest: what is sent, and what the request digest is over. */
  readonly envelope: Uint8Array;
  /** What the answer will open with. Secret. */
  readonly answer: AnswerSecret;
}

/**
 * Encrypts the input of one call. Every call of this makes another ephemeral key; an envelope is never sent twice.
 *
 * @param publicKey X25519, 32 bytes, of a trusted keyset
 * @throws CountersignError `envelope.unavailable` if nothing can be encrypted to the key, or not on this platform
 */
export async function sealRequest(
  call: EnvelopeCall,
  publicKey: Uint8Array,
  plaintext: RequestPlaintext,
): Promise<SealedRequestBytes> {
  const context = envelopeContext(call);
  const { enc, ciphertext, secret } = await encrypt(publicKey, context, requestPlaintext(plaintext));
  const envelope = toBinary(
    SealedRequestSchema,
    create(SealedRequestSchema, {
      keysetDigest: call.keysetDigest,
      keyId: call.keyId,
      encapsulatedKey: enc,
      ciphertext,
    }),
  );
  return { envelope, answer: { secret, encapsulatedKey: enc, context, requestDigest: requestDigest(envelope) } };
}

async function encrypt(publicKey: Uint8Array, context: Uint8Array, plaintext: Uint8Array) {
  try {
    const recipient = await suite.DeserializePublicKey(publicKey);
    const { encapsulatedSecret: enc, ctx } = await suite.SetupSender(recipient, { info: envelopeInfo(context) });
    const ciphertext = await ctx.Seal(plaintext, requestAad(context));
    return { enc, ciphertext, secret: await ctx.Export(ANSWER_EXPORT, ANSWER_SECRET_BYTES) };
  } catch (cause) {
    // A key of small order, or a runtime without X25519 in its WebCrypto. Either way nothing was sent.
    throw new CountersignError(
      "envelope.unavailable",
      "the request cannot be encrypted to the gateway's key here; nothing was sent",
      { cause },
    );
  }
}
