import { create, toBinary } from "@bufbuild/protobuf";
import { x25519 } from "@noble/curves/ed25519.js";
import { KeyAlgorithm, KeyRole } from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { ErrorDetailsSchema, SealedRequestSchema } from "../../gen/ts/countersign/envelope/v1/envelope_pb.ts";
import {
  type Constraints,
  ConstraintsSchema,
  ModelDigestKind,
} from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { hex, publicKey, serialiseKeyset, sha256, testSecret, utf8, VERIFY_AT } from "./authority.ts";
import { chatInput } from "./chat-content.ts";
import { AUTHORITY } from "./defaults.ts";
import { aesGcmSeal, hkdfExpand, hkdfExtract, hpkeSend } from "./hpke-sender.ts";

const SECRET = testSecret("gateway envelope x25519");
const KEY = publicKey("envelope-x25519", KeyRole.ENVELOPE, KeyAlgorithm.X25519, x25519.getPublicKey(SECRET));
const KEYSET = serialiseKeyset([AUTHORITY.streamEd25519.publicKey, AUTHORITY.streamEcdsa.publicKey, KEY]);
const KEYSET_DIGEST = sha256(KEYSET);
const STREAM_CHAT = "/countersign.inference.v1.InferenceService/StreamChat";

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};
const lv = (bytes: Uint8Array): Buffer => Buffer.concat([u32(bytes.length), bytes]);

/** Constraints with their bytes in the context, written down field by field. */
const ALL_CONSTRAINTS = create(ConstraintsSchema, {
  requireVerifiedUpstream: true,
  sessionIds: ["a", "bc"],
  modelDigest: { kind: ModelDigestKind.VERITY, value: Uint8Array.of(0xd1, 0xd2) },
  forbidServerSideTools: true,
  reproducible: true,
  requireEnvelope: true,
});
const ALL_CONSTRAINT_BYTES = Buffer.from(
  [
    "00000001 00000001 01",
    "00000002 0000000b 00000001 61 00000002 6263",
    "00000003 00000006 00000002 d1d2",
    "00000004 00000001 01",
    "00000005 00000001 01",
    "00000006 00000001 01",
  ]
    .join("")
    .replaceAll(" ", ""),
  "hex",
);
const ENVELOPE_CONSTRAINT = create(ConstraintsSchema, { requireEnvelope: true });

interface Asked {
  readonly name: string;
  readonly method?: string;
  readonly model?: string;
  readonly constraints?: Constraints;
  readonly constraintBytes?: Uint8Array;
  readonly input?: Uint8Array;
  /** What the plaintext is made of, where it is not what the text says. */
  readonly plaintext?: (honest: Buffer) => Buffer;
}

/** A plaintext of the normative text: head ‖ LV(content) ‖ zero bytes. */
function padded(head: Uint8Array, content: Uint8Array, smallest: number): Buffer {
  const used = Buffer.concat([head, lv(content)]);
  const mebibyte = 1 << 20;
  let size = smallest;
  while (size < used.length) size = size < mebibyte ? size * 2 : size + mebibyte;
  return Buffer.concat([used, Buffer.alloc(size - used.length)]);
}

function sealed({ name, ...asked }: Asked) {
  const { method = STREAM_CHAT, model = "demo-model", constraints, constraintBytes = new Uint8Array() } = asked;
  const { input = chatInput("Say hello."), plaintext = (honest: Buffer) => honest } = asked;
  const version = utf8("countersign.envelope.v1\0");
  const context = sha256(
    version,
    KEYSET_DIGEST,
    lv(utf8(KEY.id)),
    lv(utf8(method)),
    lv(utf8(model)),
    lv(constraintBytes),
  );
  const ephemeralSecret = testSecret(`envelope ${name}`);
  const sender = hpkeSend({
    ephemeralSecret,
    publicKey: KEY.value,
    info: Buffer.concat([version, context]),
    aad: Buffer.concat([utf8("request\0"), context]),
    plaintext: plaintext(padded(u64(VERIFY_AT), input, 1024)),
  });
  const { enc, ciphertext } = sender;
  const fields = { keysetDigest: KEYSET_DIGEST, keyId: KEY.id, encapsulatedKey: enc, ciphertext };
  const envelope = toBinary(SealedRequestSchema, create(SealedRequestSchema, fields));
  const secret = sender.export(utf8("countersign.envelope.v1 response"), 32);
  return {
    envelope,
    context,
    secret,
    enc,
    q: sha256(envelope),
    json: {
      name,
      method,
      model,
      constraints: constraints === undefined ? null : hex(toBinary(ConstraintsSchema, constraints)),
      created_unix_ms: Number(VERIFY_AT),
      input: hex(input),
      ephemeral_secret: hex(ephemeralSecret),
      context: hex(context),
      envelope: hex(envelope),
      request_digest: hex(sha256(envelope)),
      answer_secret: hex(secret),
    },
  };
}

type Sealed = ReturnType<typeof sealed>;

/** Seals plaintexts as an answer, whatever they are. */
function answerTo({ context, secret, enc, q }: Sealed, label: string) {
  const salt = testSecret(`salt ${label}`);
  const prk = hkdfExtract(Buffer.concat([enc, salt]), secret);
  const key = hkdfExpand(prk, utf8("key"), 32);
  const base = hkdfExpand(prk, utf8("nonce"), 12);
  const nonce = (sequence: number): Uint8Array => {
    const bytes = Buffer.from(base);
    bytes.writeUInt32BE((bytes.readUInt32BE(8) ^ sequence) >>> 0, 8);
    return bytes;
  };
  return {
    salt,
    chunk(sequence: number, plaintext: Uint8Array): Buffer {
      const aad = Buffer.concat([utf8("chunk\0"), context, q, u64(BigInt(sequence))]);
      const ciphertext = aesGcmSeal(key, nonce(sequence), aad, plaintext);
      return Buffer.concat([sequence === 1 ? salt : new Uint8Array(), ciphertext]);
    },
    error(plaintext: Uint8Array): Uint8Array {
      return aesGcmSeal(key, nonce(0), Buffer.concat([utf8("error\0"), context, q]), plaintext);
    },
  };
}

const MORE = Uint8Array.of(0x00);
const FINAL = Uint8Array.of(0x01);
const frame = (flags: Uint8Array, content: Uint8Array): Buffer => padded(flags, content, 256);
const edited = (plaintext: Buffer, at: number, value: number): Buffer => {
  const copy = Buffer.from(plaintext);
  copy[at] = value;
  return copy;
};

/** Envelopes and their answers, honest and not. */
export function envelopeVectors(): object {
  const plain = sealed({ name: "a chat" });
  const large = Buffer.alloc(70_000, 0x61);
  const requests = [
    plain,
    sealed({
      name: "every constraint",
      constraints: ALL_CONSTRAINTS,
      constraintBytes: ALL_CONSTRAINT_BYTES,
    }),
    sealed({ name: "empty constraints", constraints: create(ConstraintsSchema) }),
    sealed({
      name: "one constraint, another method and model",
      method: "/countersign.inference.v1.InferenceService/Embed",
      model: "org/modèle:tag",
      constraints: ENVELOPE_CONSTRAINT,
      constraintBytes: Buffer.from("000000060000000101", "hex"),
    }),
    sealed({ name: "an empty input", input: new Uint8Array() }),
    sealed({ name: "an input that just fits", input: Buffer.alloc(1012, 0x62) }),
    sealed({ name: "an input that just does not", input: Buffer.alloc(1013, 0x62) }),
  ];
  const broken = [
    sealed({ name: "padding that is not zero", plaintext: (honest) => edited(honest, honest.length - 1, 1) }),
    sealed({ name: "a length beyond the end", plaintext: (honest) => edited(honest, 8, 1) }),
    sealed({ name: "a size too large", plaintext: (honest) => Buffer.concat([honest, Buffer.alloc(1024)]) }),
    sealed({ name: "a size that is none", plaintext: (honest) => Buffer.concat([honest, Buffer.alloc(1)]) }),
    sealed({ name: "no length", plaintext: (honest) => honest.subarray(0, 11) }),
  ];
  const [hello, world] = [utf8("hello"), large.subarray(0, 600)];
  const honest = answerTo(plain, "honest");
  const first = honest.chunk(1, frame(MORE, hello));
  const second = honest.chunk(2, frame(MORE, world));
  const last = honest.chunk(3, frame(FINAL, new Uint8Array()));
  const other = answerTo(requests[1] as Sealed, "other");
  const fields = {
    reason: "ENGINE_REJECTED",
    message: "no such option",
    field: "top",
    metadata: { engine_status: "400" },
  };
  const details = toBinary(ErrorDetailsSchema, create(ErrorDetailsSchema, fields));
  const negative = (name: string, code: string, opened: number, chunks: readonly Uint8Array[]) => ({
    name,
    chunks: chunks.map(hex),
    opened,
    code,
  });
  const lone = (plaintext: Buffer): Buffer => answerTo(plain, "lone").chunk(1, plaintext);
  return {
    recipient_secret: hex(SECRET),
    key_id: KEY.id,
    keyset: hex(KEYSET),
    keyset_digest: hex(KEYSET_DIGEST),
    requests: requests.map(({ json }) => json),
    refused_requests: broken.map(({ json }) => json),
    padding: [
      [0, 256, 256],
      [256, 256, 256],
      [257, 256, 512],
      [1024, 1024, 1024],
      [1025, 1024, 2048],
      [1_048_576, 1024, 1_048_576],
      [1_048_577, 1024, 2_097_152],
      [2_097_153, 256, 3_145_728],
    ].map(([length, smallest, size]) => ({ length, smallest, size })),
    answers: [
      {
        name: "a stream that ends with an empty final chunk",
        salt: hex(honest.salt),
        contents: [hex(hello), hex(world), null],
        chunks: [first, second, last].map(hex),
      },
      {
        name: "one final chunk",
        salt: hex(answerTo(plain, "lone").salt),
        contents: [hex(hello)],
        chunks: [hex(lone(frame(FINAL, hello)))],
      },
    ],
    error: {
      salt: hex(honest.salt),
      ciphertext: hex(honest.error(padded(Uint8Array.of(0x02), details, 1024))),
      ...fields,
    },
    refused_answers: [
      negative("no final chunk", "envelope.truncated", 2, [first, second]),
      negative("no chunk at all", "envelope.truncated", 0, []),
      negative("a chunk left out", "envelope.chunk", 1, [first, last]),
      negative("chunks in another order", "envelope.chunk", 0, [second, first, last]),
      negative("a chunk twice", "envelope.chunk", 1, [first, first.subarray(32), last]),
      negative("a chunk after the final one", "envelope.frame", 3, [first, second, last, second]),
      negative("a chunk of the answer to another request", "envelope.chunk", 1, [
        first,
        other.chunk(2, frame(FINAL, hello)),
      ]),
      negative("the answer to another request", "envelope.chunk", 0, [other.chunk(1, frame(FINAL, hello))]),
      negative("a chunk of another answer to the same request", "envelope.chunk", 1, [
        first,
        answerTo(plain, "lone").chunk(2, frame(FINAL, hello)),
      ]),
      negative("an altered salt", "envelope.chunk", 0, [edited(first, 0, (first[0] ?? 0) ^ 1)]),
      negative("an altered ciphertext", "envelope.chunk", 0, [edited(first, 40, (first[40] ?? 0) ^ 1)]),
      negative("an altered tag", "envelope.chunk", 0, [edited(first, first.length - 1, (first.at(-1) ?? 0) ^ 1)]),
      negative("a chunk without its end", "envelope.chunk", 0, [first.subarray(0, -1)]),
      negative("less than a salt", "envelope.chunk", 0, [first.subarray(0, 31)]),
      negative("an empty chunk", "envelope.chunk", 1, [first, new Uint8Array()]),
      negative("plaintext", "envelope.chunk", 0, [hello]),
      negative("the error of this answer in the place of a chunk", "envelope.chunk", 1, [
        first,
        honest.error(padded(Uint8Array.of(0x02), details, 1024)),
      ]),
      negative("unknown flags", "envelope.frame", 0, [lone(frame(Uint8Array.of(0x02), hello))]),
      negative("padding that is not zero", "envelope.frame", 0, [lone(edited(frame(FINAL, hello), 255, 1))]),
      negative("a length beyond the end", "envelope.frame", 0, [lone(edited(frame(FINAL, hello), 1, 0xff))]),
      negative("a size too large", "envelope.frame", 0, [
        lone(Buffer.concat([frame(FINAL, hello), Buffer.alloc(256)])),
      ]),
      negative("a size that is none", "envelope.frame", 0, [lone(frame(FINAL, hello).subarray(0, 255))]),
      negative("no length", "envelope.frame", 0, [lone(Buffer.from([0x01]))]),
      negative("nothing", "envelope.frame", 0, [lone(Buffer.alloc(0))]),
    ],
  };
}
