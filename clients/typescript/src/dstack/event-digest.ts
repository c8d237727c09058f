import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { crypto } from "../crypto/index.ts";
import { RUNTIME_EVENT_TYPE } from "./event-log-entry.ts";

const COLON = Uint8Array.of(0x3a);
/** The event type, little-endian. */
const TYPE_BYTES = Uint8Array.of(0x01, 0x00, 0x00, 0x08);

/**
 * The bytes under the digest of a runtime event, first form: type ‖ ":" ‖ name ‖ ":" ‖ payload. A name that holds a
 * colon makes it ambiguous; verifiers refuse such names.
 */
export function eventPreimageV1(name: string, payload: Uint8Array): Uint8Array {
  return concatBytes(TYPE_BYTES, COLON, utf8ToBytes(name), COLON, payload);
}

/**
 * The same, second form: a JSON object in canonical form (RFC 8785). Its members stand in their order, the payload is
 * lower-case hex, and RFC 8785, 3.2.2.2, writes strings as `JSON.stringify` does.
 *
 * @param name well-formed Unicode
 */
export function eventPreimageV2(name: string, payload: Uint8Array): Uint8Array {
  return utf8ToBytes(
    `{"name":${JSON.stringify(name)},"payload":"${bytesToHex(payload)}","type":${RUNTIME_EVENT_TYPE}}`,
  );
}

/** What a runtime event of the first form extends RTMR3 with: SHA-384, 48 bytes. */
export function eventDigestV1(name: string, payload: Uint8Array): Uint8Array {
  return crypto.digest("sha384", eventPreimageV1(name, payload));
}

/** What a runtime event of the second form extends RTMR3 with: SHA-384, 48 bytes. */
export function eventDigestV2(name: string, payload: Uint8Array): Uint8Array {
  return crypto.digest("sha384", eventPreimageV2(name, payload));
}
