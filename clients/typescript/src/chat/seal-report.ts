import { bytesToHex } from "@noble/hashes/utils.js";
import { ModelDigestKindSchema } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import type { VerifiedSeal } from "../verify/index.ts";
import { type KeyStanding, standingText } from "./key-standing.ts";
import { printable } from "./printable.ts";

/** A verified seal as people read it: one line per fact, in the order in which they were checked. */
export function sealReport(seal: VerifiedSeal, keys: KeyStanding): string {
  const digest = bytesToHex(seal.modelDigest.value);
  const kind = ModelDigestKindSchema.value[seal.modelDigest.kind];
  const facts: [name: string, value: string][] = [
    ["status", seal.status],
    ["chunks", seal.chunkCount.toString()],
    ["request", bytesToHex(seal.requestDigest)],
    ["final hash", bytesToHex(seal.finalHash)],
    ["body", bytesToHex(seal.bodyDigest)],
    ["model", seal.model],
    ["model digest", `${kind?.localName.toLowerCase() ?? "unknown"} ${digest}`.trimEnd()],
    ["response", seal.responseId],
    ["receipt", seal.receiptId],
    ["sealed", new Date(Number(seal.sealedUnixMs)).toISOString()],
    ["keyset", `${bytesToHex(seal.keysetDigest)}, ${standingText(keys)}`],
    ["ecdsa", `${seal.ecdsa.keyId} ${bytesToHex(seal.ecdsa.value)}`],
    ["ed25519", `${seal.ed25519.keyId} ${bytesToHex(seal.ed25519.value)}`],
    ["text", seal.signedText],
  ];
  return facts.map(([name, value]) => `${name.padEnd(13)}${printable(value).replaceAll("\n", " ")}`).join("\n");
}
