import type { Writable } from "node:stream";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { AnswerView } from "./answer.ts";

/**
 * Writes answers as JSON lines, one object each: `{"type":"text"|"reasoning","text"}` for verified content, at the end
 * `{"type":"seal",…}` or `{"type":"error","code","message"}`, and `{"type":"notice","text"}` from the program itself. Digests and signatures are hex, counts are numbers.
 */
export function createJsonView(output: Writable): AnswerView {
  const write = (line: object): void => {
    output.write(`${JSON.stringify(line)}\n`);
  };
  return {
    text: (text) => write({ type: "text", text }),
    reasoning: (text) => write({ type: "reasoning", text }),
    verified: (seal, keys) =>
      write({
        type: "seal",
        status: seal.status,
        chunks: Number(seal.chunkCount),
        pinned: keys.pinned,
        attested: keys.attested,
        simulated: keys.simulated,
        model: seal.model,
        response_id: seal.responseId,
        receipt_id: seal.receiptId,
        request_digest: bytesToHex(seal.requestDigest),
        final_hash: bytesToHex(seal.finalHash),
        body_digest: bytesToHex(seal.bodyDigest),
        keyset_digest: bytesToHex(seal.keysetDigest),
        signed_text: seal.signedText,
        ecdsa: { key_id: seal.ecdsa.keyId, signature: bytesToHex(seal.ecdsa.value) },
        ed25519: { key_id: seal.ed25519.keyId, signature: bytesToHex(seal.ed25519.value) },
      }),
    failed: (error) => write({ type: "error", code: error.code, message: error.message }),
    notice: (text) => write({ type: "notice", text }),
  };
}
