import { readFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { type Constraints, ConstraintsSchema } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";

interface RequestVector {
  readonly name: string;
  readonly method: string;
  readonly model: string;
  readonly constraints: string | null;
  readonly created_unix_ms: number;
  readonly input: string;
  readonly context: string;
  readonly envelope: string;
  readonly request_digest: string;
  readonly answer_secret: string;
}

/** test/vectors/envelope.json. */
interface EnvelopeFile {
  readonly recipient_secret: string;
  readonly key_id: string;
  readonly keyset: string;
  readonly keyset_digest: string;
  readonly requests: readonly RequestVector[];
  readonly refused_requests: readonly RequestVector[];
  readonly padding: readonly { readonly length: number; readonly smallest: number; readonly size: number }[];
  readonly answers: readonly {
    readonly name: string;
    readonly contents: readonly (string | null)[];
    readonly chunks: readonly string[];
  }[];
  readonly error: {
    readonly salt: string;
    readonly ciphertext: string;
    readonly reason: string;
    readonly message: string;
    readonly field: string;
    readonly metadata: Readonly<Record<string, string>>;
  };
  readonly refused_answers: readonly {
    readonly name: string;
    readonly chunks: readonly string[];
    readonly opened: number;
    readonly code: string;
  }[];
}

export const envelopeFile = JSON.parse(
  readFileSync(new URL("../vectors/envelope.json", import.meta.url), "utf8"),
) as EnvelopeFile;

export const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
export const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");

/** The call of a vector, as both sides know it. */
export function callOf({ method, model, constraints }: RequestVector) {
  const decoded: Constraints | undefined =
    constraints === null ? undefined : fromBinary(ConstraintsSchema, bytes(constraints));
  return {
    method,
    model,
    constraints: decoded,
    keyId: envelopeFile.key_id,
    keysetDigest: bytes(envelopeFile.keyset_digest),
  };
}
