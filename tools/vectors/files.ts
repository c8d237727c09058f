import { hex, KEYS_CREATED, type SigningKey, VERIFY_AT } from "./authority.ts";
import { AUTHORITY } from "./defaults.ts";
import { envelopeVectors } from "./envelope.ts";
import { formatJson } from "./format-json.ts";
import { keysetVectors } from "./keysets.ts";
import { negativeStreams } from "./negative-streams.ts";
import { positiveStreams } from "./positive-streams.ts";
import { addressVectors, ecdsaVectors, ed25519Vectors, eip191Vectors, responseTextVectors } from "./signatures.ts";
import { unaryVectors } from "./unary.ts";

const CONVENTIONS = "Binary is lower-case hex. Keys are test keys, public, and good for nothing else.";

const ENVELOPE_ABOUT = [
  "Encrypted requests and answers, honest and not, for the normative text in countersign/envelope/v1/envelope.proto.",
  CONVENTIONS,
  "requests: what seals to exactly `envelope` with this ephemeral secret, and opens to `input`; constraints is a serialised Constraints or null.",
  "refused_requests: authentic, and of a form that a gateway refuses.",
  "answers and refused_answers: chunks as sent, all to the first request; a content is null where the final chunk has none.",
  "refused_answers: the client hands out `opened` chunks (a final one without content counts) and then raises `code`.",
  "padding: the size of a whole plaintext of so many bytes.",
];

/** The vector files: name and content, equal at every run. */
export function vectorFiles(): [name: string, content: string][] {
  return [
    ["transcript.json", file(transcript())],
    [
      "keysets.json",
      file({ about: `Keysets to be read; code null: it keeps its rules. ${CONVENTIONS}`, keysets: keysetVectors() }),
    ],
    ["signatures.json", file(signatures())],
    ["envelope.json", file({ about: ENVELOPE_ABOUT, ...envelopeVectors() })],
  ];
}

function transcript(): object {
  const { streamEcdsa, streamEd25519, responseEcdsa, responseEd25519 } = AUTHORITY;
  return {
    about: [
      "Streams of StreamChat and answers of Chat, honest and not, for the normative text in countersign/transcript/v1/transcript.proto.",
      `${CONVENTIONS} errors.json says which check comes first where several fail.`,
      "call: what the client sent, and so expects; constraints is a serialised Constraints or null.",
      "transcripts: honest streams; code is null, or seal.incomplete where the seal says that the answer did not complete.",
      "negatives: the client trusts `keyset`, hands out `verified_chunks` chunks and then raises `code`. A list that ends is a stream that ended without an error of the transport.",
      "unary: honest and dishonest answers of Chat; response is a serialised ChatResponse.",
    ],
    verify_at_unix_ms: Number(VERIFY_AT),
    keys_created_unix_ms: Number(KEYS_CREATED),
    keys: {
      stream_ecdsa: keyJson(streamEcdsa),
      stream_ed25519: keyJson(streamEd25519),
      response_ecdsa: keyJson(responseEcdsa),
      response_ed25519: keyJson(responseEd25519),
    },
    keyset: hex(AUTHORITY.keyset),
    keyset_digest: hex(AUTHORITY.keysetDigest),
    transcripts: positiveStreams(),
    negatives: negativeStreams(),
    unary: unaryVectors(),
  };
}

function signatures(): object {
  return {
    about: `Signatures over texts, ECDSA under EIP-191 and pure Ed25519; REST texts to be read from the right. ${CONVENTIONS}`,
    eip191: eip191Vectors(),
    ecdsa: ecdsaVectors(),
    ed25519: ed25519Vectors(),
    addresses: addressVectors(),
    response_texts: responseTextVectors(),
  };
}

function keyJson(key: SigningKey): object {
  return { id: key.publicKey.id, secret: hex(key.secret), public_key: hex(key.publicKey.value) };
}

function file(content: object): string {
  return `${formatJson(content)}\n`;
}
