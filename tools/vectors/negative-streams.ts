import { clone, create, toBinary } from "@bufbuild/protobuf";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import {
  type StreamChatResponse,
  StreamChatResponseSchema,
} from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import {
  type Accepted,
  type Checkpoint,
  type Chunk,
  ConstraintsSchema,
  type ModelDigest,
  ModelDigestKind,
  ModelDigestSchema,
  RequestForm,
  type Seal,
  SealStatus,
  type Signature,
} from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { type Authority, createAuthority, hex, sha256, signDigest, utf8, VERIFY_AT } from "./authority.ts";
import { chatChunks, chatInput } from "./chat-content.ts";
import { AUTHORITY, CALL, type CallJson, callJson } from "./defaults.ts";
import { type Call, type Script, signatureBy, signExchange, textOf } from "./exchange.ts";

/** A stream a client must refuse. Binary is lower-case hex. */
export interface NegativeVector {
  readonly name: string;
  readonly call: CallJson;
  /** Serialised keyset the client trusts. */
  readonly keyset: string;
  readonly messages: readonly string[];
  /** Code the client raises. */
  readonly code: string;
  /** How many chunks the client hands out before that. */
  readonly verified_chunks: number;
}

const THREE = chatChunks("Hello", " there", ".");
const GROUP_ORDER_ED25519 = 2n ** 252n + 27742317777372353535851937790883648493n;
const STRANGER = createAuthority("another gateway");

type Messages = StreamChatResponse[];

interface Spec {
  readonly script?: Partial<Script>;
  /** What the client asked, if not what the script answers. */
  readonly asked?: Call;
  readonly trusted?: Authority;
  /** Changes the honest messages. */
  readonly tamper?: (messages: Messages) => unknown;
  /** Changes their serialised form. */
  readonly tamperBytes?: (messages: Uint8Array[]) => unknown;
}

/** All dishonest streams. */
export function negativeStreams(): NegativeVector[] {
  return [
    ...order(),
    ...accepted(),
    ...chunks(),
    ...checkpoints(),
    ...seals(),
    ...signatures(),
    ...keys(),
    ...metadata(),
    ...malformed(),
  ];
}

function order(): NegativeVector[] {
  return [
    negative("an empty stream", "seal.missing", 0, { tamper: (m) => m.splice(0) }),
    negative("no accepted", "stream.accepted", 0, { tamper: (m) => m.splice(0, 1) }),
    negative("only a seal", "stream.accepted", 0, { tamper: (m) => m.splice(0, 4) }),
    negative("accepted twice", "stream.accepted", 0, { tamper: (m) => m.splice(1, 0, at(m, 0)) }),
    negative("accepted again after a chunk", "stream.accepted", 1, { tamper: (m) => m.splice(2, 0, at(m, 0)) }),
    negative("no seal", "seal.missing", 3, { tamper: (m) => m.splice(4) }),
    negative("cut off after two chunks", "seal.missing", 2, { tamper: (m) => m.splice(3) }),
    negative("cut off after a checkpoint", "seal.missing", 2, {
      script: { checkpointsAfter: [2] },
      tamper: (m) => m.splice(4),
    }),
    negative("a chunk after the seal", "stream.after_seal", 3, { tamper: (m) => m.push(at(m, 1)) }),
    negative("accepted after the seal", "stream.after_seal", 3, { tamper: (m) => m.push(at(m, 0)) }),
    negative("the seal twice", "stream.after_seal", 3, { tamper: (m) => m.push(at(m, 4)) }),
    negative("the seal before the last chunk", "seal.count", 2, { tamper: (m) => swap(m, 3, 4) }),
  ];
}

function accepted(): NegativeVector[] {
  const field = (name: string, change: (message: Accepted) => void, script: Partial<Script> = {}): NegativeVector =>
    negative(name, "accepted.field", 0, { script, tamper: (m) => change(acceptedOf(m)) });
  const digest = (kind: ModelDigestKind, value: Uint8Array): ModelDigest => create(ModelDigestSchema, { kind, value });
  const demanded = create(ConstraintsSchema, {
    modelDigest: digest(ModelDigestKind.VERITY, sha256(utf8("another model"))),
  });
  return [
    negative("an honest stream of another request", "transcript.request", 0, {
      asked: { ...CALL, requestPayload: chatInput("Say something else.") },
    }),
    negative("accepted: another request digest", "transcript.request", 0, {
      tamper: (m) => flip(acceptedOf(m).requestDigest, 0),
    }),
    negative("accepted: a short request digest", "transcript.request", 0, {
      tamper: (m) => {
        acceptedOf(m).requestDigest = acceptedOf(m).requestDigest.slice(0, 31);
      },
    }),
    negative("accepted: another keyset digest", "keyset.untrusted", 0, {
      tamper: (m) => flip(acceptedOf(m).keysetDigest, 31),
    }),
    negative("an honest stream of another gateway", "keyset.untrusted", 0, { script: { authority: STRANGER } }),
    field("accepted: no receipt id", (message) => {
      message.receiptId = "";
    }),
    field("accepted: no model digest", (message) => {
      delete message.modelDigest;
    }),
    field("accepted: model digest of kind UNSPECIFIED", (message) => {
      message.modelDigest = digest(0, sha256(utf8("x")));
    }),
    field("accepted: model digest of an unknown kind", (message) => {
      message.modelDigest = digest(99 as ModelDigestKind, sha256(utf8("x")));
    }),
    field("accepted: model digest of 31 bytes", (message) => {
      message.modelDigest = digest(ModelDigestKind.VERITY, sha256(utf8("x")).slice(1));
    }),
    field("accepted: model digest of kind NONE with a value", (message) => {
      message.modelDigest = digest(ModelDigestKind.NONE, sha256(utf8("x")));
    }),
    field("accepted: not the demanded model digest", () => {}, { call: { ...CALL, constraints: demanded } }),
  ];
}

function chunks(): NegativeVector[] {
  const hash = (name: string, verified: number, tamper: (messages: Messages) => unknown): NegativeVector =>
    negative(name, "transcript.hash", verified, { tamper });
  const sequence = (name: string, verified: number, tamper: (messages: Messages) => unknown): NegativeVector =>
    negative(name, "transcript.sequence", verified, { tamper });
  return [
    sequence("two chunks swapped", 0, (m) => swap(m, 1, 2)),
    sequence("a chunk dropped", 1, (m) => m.splice(2, 1)),
    sequence("the first chunk dropped", 0, (m) => m.splice(1, 1)),
    sequence("a chunk repeated", 1, (m) => m.splice(2, 0, at(m, 1))),
    sequence("a sequence that begins at 0", 0, (m) => {
      chunkOf(m, 1).sequence = 0n;
    }),
    sequence("a sequence that skips", 1, (m) => {
      chunkOf(m, 2).sequence = 3n;
    }),
    sequence("the largest sequence", 0, (m) => {
      chunkOf(m, 1).sequence = 2n ** 64n - 1n;
    }),
    hash("two payloads swapped under their hashes", 0, (m) => {
      const first = chunkOf(m, 1);
      const second = chunkOf(m, 2);
      [first.payload, second.payload] = [second.payload, first.payload];
    }),
    hash("one bit of a payload altered", 1, (m) => flip(chunkOf(m, 2).payload, 3)),
    hash("a payload emptied", 1, (m) => {
      chunkOf(m, 2).payload = new Uint8Array();
    }),
    hash("the first byte of a hash altered", 2, (m) => flip(chunkOf(m, 3).runningHash, 0)),
    hash("the last byte of a hash altered", 0, (m) => flip(chunkOf(m, 1).runningHash, 31)),
    hash("a hash of 31 bytes", 0, (m) => {
      chunkOf(m, 1).runningHash = chunkOf(m, 1).runningHash.slice(0, 31);
    }),
    hash("a hash of 33 bytes", 0, (m) => {
      chunkOf(m, 1).runningHash = Uint8Array.of(...chunkOf(m, 1).runningHash, 0);
    }),
    hash("no hash", 1, (m) => {
      chunkOf(m, 2).runningHash = new Uint8Array();
    }),
    hash("two chunks merged into one", 0, (m) => {
      const second = chunkOf(m, 2);
      const first = chunkOf(m, 1);
      first.payload = Uint8Array.of(...first.payload, ...second.payload);
      first.runningHash = second.runningHash;
    }),
  ];
}

function checkpoints(): NegativeVector[] {
  const wrong = (name: string, code: string, change: (checkpoint: Checkpoint) => void): NegativeVector =>
    negative(name, code, 2, { script: { checkpointsAfter: [2] }, tamper: (m) => change(checkpointOf(m, 3)) });
  const resignWith = (checkpoint: Checkpoint, key: Authority["streamEd25519"]): void => {
    const q = sha256(CALL.requestPayload);
    const text = `countersign.checkpoint.v1:${hex(q)}:${checkpoint.sequence}:${hex(checkpoint.runningHash)}`;
    checkpoint.ed25519 = signatureBy(key, text);
  };
  return [
    wrong("a checkpoint over one chunk less", "checkpoint.sequence", (checkpoint) => {
      checkpoint.sequence = 1n;
      resignWith(checkpoint, AUTHORITY.streamEd25519);
    }),
    negative("a checkpoint that comes one chunk late", "checkpoint.sequence", 3, {
      script: { checkpointsAfter: [2] },
      tamper: (m) => swap(m, 3, 4),
    }),
    wrong("a checkpoint with another hash, signed", "checkpoint.hash", (checkpoint) => {
      flip(checkpoint.runningHash, 7);
      resignWith(checkpoint, AUTHORITY.streamEd25519);
    }),
    wrong("a checkpoint with an altered signature", "checkpoint.signature", (checkpoint) =>
      flip(signatureOf(checkpoint.ed25519).value, 5),
    ),
    wrong("a checkpoint without a signature", "checkpoint.signature", (checkpoint) => {
      delete checkpoint.ed25519;
    }),
    wrong("a checkpoint whose signature is the seal text's", "checkpoint.signature", (checkpoint) => {
      signatureOf(checkpoint.ed25519).value = AUTHORITY.streamEd25519.sign("countersign.stream.v1");
    }),
    wrong("a checkpoint by an unknown key", "keyset.key", (checkpoint) =>
      resignWith(checkpoint, STRANGER.streamEd25519),
    ),
    wrong("a checkpoint by a key of role RESPONSE", "keyset.key", (checkpoint) =>
      resignWith(checkpoint, AUTHORITY.responseEd25519),
    ),
    wrong("a checkpoint by the secp256k1 key", "keyset.key", (checkpoint) =>
      resignWith(checkpoint, AUTHORITY.streamEcdsa),
    ),
  ];
}

function seals(): NegativeVector[] {
  const seal = (
    name: string,
    code: string,
    change: (seal: Seal) => void,
    script: Partial<Script> = {},
  ): NegativeVector => negative(name, code, script.payloads?.length ?? 3, { script, tamper: (m) => change(sealOf(m)) });
  return [
    seal("a seal of status UNSPECIFIED", "seal.status", () => {}, { status: SealStatus.UNSPECIFIED }),
    seal("a seal of an unknown status", "seal.status", (s) => {
      Object.assign(s, { status: 9 });
    }),
    negative("the last chunk dropped", "seal.count", 2, { tamper: (m) => m.splice(3, 1) }),
    seal("a seal that counts one chunk more", "seal.count", (s) => {
      s.chunkCount = 4n;
    }),
    seal("a seal that counts 2^64 - 1 chunks", "seal.count", (s) => {
      s.chunkCount = 2n ** 64n - 1n;
    }),
    seal("a seal of another request", "seal.request", (s) => flip(s.requestDigest, 9)),
    seal("a seal with another final hash", "seal.hash", (s) => flip(s.finalHash, 9)),
    seal("a seal without a final hash", "seal.hash", (s) => {
      s.finalHash = new Uint8Array();
    }),
    seal("a seal whose text is altered", "seal.text", (s) => {
      s.signedText = s.signedText.replace("complete", "Complete");
    }),
    seal("a seal whose text ends in a newline", "seal.text", (s) => {
      s.signedText += "\n";
    }),
    seal("a seal without a text", "seal.text", (s) => {
      s.signedText = "";
    }),
    seal(
      "a cancelled answer passed off as complete, text kept",
      "seal.text",
      (s) => {
        s.status = SealStatus.COMPLETE;
      },
      { status: SealStatus.CANCELLED },
    ),
    seal(
      "a cancelled answer passed off as complete, text rebuilt",
      "seal.ecdsa",
      (s) => {
        s.status = SealStatus.COMPLETE;
        s.signedText = textOf(s.status, s.requestDigest, 3, s.finalHash, s.metadata);
      },
      { status: SealStatus.CANCELLED },
    ),
    seal("altered metadata, text kept", "seal.text", (s) => flip(s.metadata, 12)),
    seal("altered metadata, text rebuilt", "seal.ecdsa", (s) => {
      flip(s.metadata, 12);
      s.signedText = textOf(s.status, s.requestDigest, 3, s.finalHash, s.metadata);
    }),
    negative("the seal of an honest shorter answer", "seal.count", 3, {
      tamper: (m) =>
        m.splice(
          4,
          1,
          lastOf(signExchange({ authority: AUTHORITY, call: CALL, payloads: THREE.slice(0, 2) }).messages),
        ),
    }),
  ];
}

function signatures(): NegativeVector[] {
  const ecdsa = (name: string, change: (value: Uint8Array, seal: Seal) => Uint8Array | undefined): NegativeVector =>
    negative(name, "seal.ecdsa", 3, {
      tamper: (m) => {
        const seal = sealOf(m);
        const value = change(signatureOf(seal.ecdsa).value, seal);
        if (value === undefined) delete seal.ecdsa;
        else signatureOf(seal.ecdsa).value = value;
      },
    });
  const ed25519 = (name: string, change: (value: Uint8Array, seal: Seal) => Uint8Array | undefined): NegativeVector =>
    negative(name, "seal.ed25519", 3, {
      tamper: (m) => {
        const seal = sealOf(m);
        const value = change(signatureOf(seal.ed25519).value, seal);
        if (value === undefined) delete seal.ed25519;
        else signatureOf(seal.ed25519).value = value;
      },
    });
  return [
    ecdsa("ecdsa: one bit of r altered", (value) => flipped(value, 0)),
    ecdsa("ecdsa: one bit of s altered", (value) => flipped(value, 40)),
    ecdsa("ecdsa: the other v", (value) => value.with(64, value[64] === 27 ? 28 : 27)),
    ecdsa("ecdsa: v as 0 or 1", (value) => value.with(64, (value[64] ?? 0) - 27)),
    ecdsa("ecdsa: high s with its v", (value) => highS(value)),
    ecdsa("ecdsa: high s without its v", (value) => highS(value).with(64, value[64] ?? 0)),
    ecdsa("ecdsa: r is 0", (value) => Uint8Array.of(...new Uint8Array(32), ...value.subarray(32))),
    ecdsa("ecdsa: s is 0", (value) => Uint8Array.of(...value.subarray(0, 32), ...new Uint8Array(32), value[64] ?? 0)),
    ecdsa("ecdsa: 64 bytes, without v", (value) => value.slice(0, 64)),
    ecdsa("ecdsa: 66 bytes", (value) => Uint8Array.of(...value, 0)),
    ecdsa("ecdsa: empty", () => new Uint8Array()),
    ecdsa("ecdsa: absent", () => undefined),
    ecdsa("ecdsa: over SHA-256 of the text instead of EIP-191", (_, seal) =>
      signDigest(AUTHORITY.streamEcdsa.secret, sha256(utf8(seal.signedText))),
    ),
    ecdsa("ecdsa: by another key under this key's id", (_, seal) => STRANGER.streamEcdsa.sign(seal.signedText)),
    ed25519("ed25519: one bit of R altered", (value) => flipped(value, 0)),
    ed25519("ed25519: one bit of S altered", (value) => flipped(value, 33)),
    ed25519("ed25519: S plus the group order", (value) => nonCanonical(value)),
    ed25519("ed25519: 63 bytes", (value) => value.slice(0, 63)),
    ed25519("ed25519: 65 bytes", (value) => Uint8Array.of(...value, 0)),
    ed25519("ed25519: empty", () => new Uint8Array()),
    ed25519("ed25519: absent", () => undefined),
    ed25519("ed25519: over another text", () => AUTHORITY.streamEd25519.sign("countersign.stream.v1")),
    ed25519("ed25519: by another key under this key's id", (_, seal) => STRANGER.streamEd25519.sign(seal.signedText)),
  ];
}

function keys(): NegativeVector[] {
  const hour = 3_600_000n;
  const expired = createAuthority("gateway", { notAfter: VERIFY_AT - hour });
  const early = createAuthority("gateway", { notBefore: VERIFY_AT + hour });
  const { responseEcdsa, responseEd25519, streamEcdsa, streamEd25519 } = AUTHORITY;
  return [
    negative("ecdsa by a key of role RESPONSE", "keyset.key", 3, { script: { ecdsaKey: responseEcdsa } }),
    negative("ed25519 by a key of role RESPONSE", "keyset.key", 3, { script: { ed25519Key: responseEd25519 } }),
    negative("ecdsa by a key the keyset does not hold", "keyset.key", 3, {
      script: { ecdsaKey: STRANGER.streamEcdsa },
    }),
    negative("ed25519 by a key the keyset does not hold", "keyset.key", 3, {
      script: { ed25519Key: STRANGER.streamEd25519 },
    }),
    negative("ecdsa by the Ed25519 key", "keyset.key", 3, { script: { ecdsaKey: streamEd25519 } }),
    negative("ed25519 by the secp256k1 key", "keyset.key", 3, { script: { ed25519Key: streamEcdsa } }),
    negative("ecdsa with an empty key id", "keyset.key", 3, {
      tamper: (m) => {
        signatureOf(sealOf(m).ecdsa).keyId = "";
      },
    }),
    negative("keys that have expired", "keyset.key", 3, { script: { authority: expired }, trusted: expired }),
    negative("keys that are not valid yet", "keyset.key", 3, { script: { authority: early }, trusted: early }),
  ];
}

function metadata(): NegativeVector[] {
  const field = (
    name: string,
    change: NonNullable<Script["metadata"]>,
    code = "seal.field",
    call = CALL,
  ): NegativeVector => negative(`metadata, signed: ${name}`, code, 3, { script: { metadata: change, call } });
  const constraints = create(ConstraintsSchema, { requireVerifiedUpstream: true, sessionIds: ["00".repeat(32)] });
  const constrained = { ...CALL, constraints };
  return [
    field("another body digest", (m) => flip(m.bodyDigest, 0), "seal.body"),
    field(
      "no body digest",
      (m) => {
        m.bodyDigest = new Uint8Array();
      },
      "seal.body",
    ),
    field("another method", (m) => {
      m.method = "/countersign.inference.v1.InferenceService/StreamComplete";
    }),
    field("another model", (m) => {
      m.model = "demo-model-small";
    }),
    field("another model digest than accepted", (m) => flip(m.modelDigest?.value ?? new Uint8Array(), 0)),
    field("another model digest kind than accepted", (m) => {
      if (m.modelDigest !== undefined) m.modelDigest.kind = ModelDigestKind.STATIC;
    }),
    field("no model digest", (m) => {
      delete m.modelDigest;
    }),
    field("another receipt id than accepted", (m) => {
      m.receiptId = "rcpt_another";
    }),
    field("no receipt id", (m) => {
      m.receiptId = "";
    }),
    field("the typed request form", (m) => {
      m.requestForm = RequestForm.TYPED;
    }),
    field("no request form", (m) => {
      m.requestForm = RequestForm.UNSPECIFIED;
    }),
    field("another keyset digest", (m) => flip(m.keysetDigest, 0)),
    field("no keyset digest", (m) => {
      m.keysetDigest = new Uint8Array();
    }),
    field(
      "a constraint dropped",
      (m) => {
        if (m.constraints !== undefined) m.constraints.requireVerifiedUpstream = false;
      },
      "seal.field",
      constrained,
    ),
    field(
      "a session id altered",
      (m) => {
        if (m.constraints !== undefined) m.constraints.sessionIds = ["01".repeat(32)];
      },
      "seal.field",
      constrained,
    ),
    field(
      "all constraints dropped",
      (m) => {
        delete m.constraints;
      },
      "seal.field",
      constrained,
    ),
    field("constraints nobody sent", (m) => {
      m.constraints = constraints;
    }),
    field("a failure reason on a complete answer", (m) => {
      m.failureReason = "upstream_reset";
    }),
  ];
}

function malformed(): NegativeVector[] {
  const code = "message.malformed";
  const shorten = (bytes: Uint8Array): Uint8Array => bytes.slice(0, bytes.length - 1);
  // Field 1, length 127, and nothing behind it.
  const truncated = Uint8Array.of(0x0a, 0x7f);
  return [
    negative("a message without an event", code, 1, {
      tamper: (m) => m.splice(2, 0, create(StreamChatResponseSchema)),
    }),
    negative("a message with an unknown event only", code, 0, {
      tamperBytes: (m) => m.splice(1, 0, Uint8Array.of(0x7a, 0x01, 0x00)),
    }),
    negative("accepted, truncated", code, 0, { tamperBytes: (m) => m.splice(0, 1, shorten(at(m, 0))) }),
    negative("a chunk, truncated", code, 1, { tamperBytes: (m) => m.splice(2, 1, shorten(at(m, 2))) }),
    negative("the seal, truncated", code, 3, { tamperBytes: (m) => m.splice(4, 1, shorten(at(m, 4))) }),
    negative("metadata, signed: truncated", code, 3, { script: { metadataBytes: shorten } }),
    negative("a payload with the right hash that is no message", code, 1, {
      script: { payloads: [...THREE.slice(0, 1), truncated, ...THREE.slice(2)] },
    }),
  ];
}

function negative(name: string, code: string, verifiedChunks: number, spec: Spec): NegativeVector {
  const script: Script = { authority: AUTHORITY, call: CALL, payloads: THREE, ...spec.script };
  // Copies, so that a change to one message touches no other and no shared constant.
  const messages = signExchange(script).messages.map((message) => clone(StreamChatResponseSchema, message));
  spec.tamper?.(messages);
  const serialised = messages.map((message) => toBinary(StreamChatResponseSchema, message));
  spec.tamperBytes?.(serialised);
  return {
    name,
    call: callJson(spec.asked ?? script.call),
    keyset: hex((spec.trusted ?? AUTHORITY).keyset),
    messages: serialised.map(hex),
    code,
    verified_chunks: verifiedChunks,
  };
}

function highS(signature: Uint8Array): Uint8Array {
  const parsed = secp256k1.Signature.fromBytes(signature.subarray(0, 64), "compact");
  const high = new secp256k1.Signature(parsed.r, secp256k1.Point.Fn.ORDER - parsed.s);
  return Uint8Array.of(...high.toBytes("compact"), signature[64] === 27 ? 28 : 27);
}

function nonCanonical(signature: Uint8Array): Uint8Array {
  const copy = signature.slice();
  const little = copy.subarray(32).toReversed();
  const s = BigInt(`0x${hex(little)}`) + GROUP_ORDER_ED25519;
  copy.set(Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse(), 32);
  return copy;
}

function flip(bytes: Uint8Array, index: number): void {
  bytes[index] = (bytes[index] ?? 0) ^ 1;
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  return bytes.with(index, (bytes[index] ?? 0) ^ 1);
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
}

function lastOf<T>(list: readonly T[]): T {
  return at(list, list.length - 1);
}

function swap(messages: Messages, left: number, right: number): void {
  const first = at(messages, left);
  messages[left] = at(messages, right);
  messages[right] = first;
}

function acceptedOf(messages: Messages): Accepted {
  const { event } = at(messages, 0);
  if (event.case !== "accepted") throw new Error("not accepted");
  return event.value;
}

function chunkOf(messages: Messages, index: number): Chunk {
  const { event } = at(messages, index);
  if (event.case !== "chunk") throw new Error("not a chunk");
  return event.value;
}

function checkpointOf(messages: Messages, index: number): Checkpoint {
  const { event } = at(messages, index);
  if (event.case !== "checkpoint") throw new Error("not a checkpoint");
  return event.value;
}

function sealOf(messages: Messages): Seal {
  const { event } = lastOf(messages);
  if (event.case !== "seal") throw new Error("not a seal");
  return event.value;
}

function signatureOf(signature: Signature | undefined): Signature {
  if (signature === undefined) throw new Error("not signed");
  return signature;
}
