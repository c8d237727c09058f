import { readFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { hexToBytes } from "@noble/hashes/utils.js";
import { parseKeyset } from "../../../clients/typescript/src/signing/index.ts";
import { requestDigest } from "../../../clients/typescript/src/transcript/index.ts";
import type { Exchange } from "../../../clients/typescript/src/verify/index.ts";
import { ConstraintsSchema } from "../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import type { CallJson } from "../../../tools/vectors/defaults.ts";
import type { KeysetVector } from "../../../tools/vectors/keysets.ts";
import type { NegativeVector } from "../../../tools/vectors/negative-streams.ts";
import type { TranscriptVector } from "../../../tools/vectors/positive-streams.ts";
import type { ResponseTextVector, SignatureVector } from "../../../tools/vectors/signatures.ts";
import type { UnaryVector } from "../../../tools/vectors/unary.ts";

export interface TranscriptFile {
  readonly verify_at_unix_ms: number;
  readonly keyset: string;
  readonly keyset_digest: string;
  readonly transcripts: readonly TranscriptVector[];
  readonly negatives: readonly NegativeVector[];
  readonly unary: readonly UnaryVector[];
}

export interface SignatureFile {
  readonly eip191: readonly { readonly text: string; readonly digest: string }[];
  readonly ecdsa: readonly SignatureVector[];
  readonly ed25519: readonly SignatureVector[];
  readonly addresses: readonly { readonly public_key: string; readonly address: string }[];
  readonly response_texts: readonly ResponseTextVector[];
}

export interface KeysetFile {
  readonly keysets: readonly KeysetVector[];
}

export interface ErrorFile {
  readonly codes: Readonly<Record<string, string>>;
}

function load(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}`, import.meta.url), "utf8"));
}

export const transcriptFile = load("transcript.json") as TranscriptFile;
export const signatureFile = load("signatures.json") as SignatureFile;
export const keysetFile = load("keysets.json") as KeysetFile;
export const errorFile = load("errors.json") as ErrorFile;

/** What a client that made this call and trusts this keyset expects. */
export function exchangeOf(call: CallJson, keyset: string): Exchange {
  return {
    method: call.method,
    model: call.model,
    requestDigest: requestDigest(hexToBytes(call.request_payload)),
    constraints: call.constraints === null ? undefined : fromBinary(ConstraintsSchema, hexToBytes(call.constraints)),
    keyset: parseKeyset(hexToBytes(keyset)),
    now: () => transcriptFile.verify_at_unix_ms,
  };
}
