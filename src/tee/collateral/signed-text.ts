import { isUtf8 } from "node:buffer";
import { scanObject } from "../../json/index.ts";
import { TeeError } from "../tee-error.ts";

/** An object of Intel's with the signature over its text. */
export interface SignedText {
  /** The object exactly as it stood in the body. */
  readonly text: string;
  /** 64 bytes in lower-case hex. */
  readonly signature: string;
}

/**
 * Cuts the object out of `{"<member>": {…}, "signature": "…"}`. Its signature covers the text as it was sent, which no
 * writer of JSON gives back.
 *
 * @param body the service's word, bounded where it was read
 * @throws TeeError `tee.malformed`
 */
export function signedText(body: Uint8Array, member: "tcbInfo" | "enclaveIdentity"): SignedText {
  const scan = isUtf8(body) ? scanObject(body, [member, "signature"]) : undefined;
  const object = scan?.ok === true ? scan.members.get(member) : undefined;
  const signature = scan?.ok === true ? scan.members.get("signature") : undefined;
  if (object === undefined || signature === undefined || body[object.start] !== 0x7b) {
    throw new TeeError("tee.malformed", `collateral service: the answer holds no ${member} with a signature`);
  }
  const slice = ({ start, end }: { start: number; end: number }): string =>
    Buffer.from(body.subarray(start, end)).toString();
  const hex = /^"([0-9a-fA-F]{128})"$/.exec(slice(signature))?.[1];
  if (hex === undefined)
    throw new TeeError("tee.malformed", `collateral service: ${member}: the signature is not 64 bytes`);
  return { text: slice(object), signature: hex.toLowerCase() };
}

/** Members of the object that decide what is kept and for how long. */
export interface SignedTextFacts {
  /** Unix milliseconds. */
  readonly nextUpdate: number;
  /** Upper-case hex; undefined in an enclave identity. */
  readonly fmspc: string | undefined;
}

/** @throws TeeError `tee.malformed` */
export function signedTextFacts(text: string): SignedTextFacts {
  // The scan above has found it to be an object.
  const members = new Map<string, unknown>(Object.entries(JSON.parse(text) as object));
  const nextUpdate = members.get("nextUpdate");
  const time =
    typeof nextUpdate === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(nextUpdate)
      ? Date.parse(nextUpdate)
      : NaN;
  if (Number.isNaN(time)) throw new TeeError("tee.malformed", "collateral service: nextUpdate is not a time");
  const fmspc = members.get("fmspc");
  return { nextUpdate: time, fmspc: typeof fmspc === "string" ? fmspc.toUpperCase() : undefined };
}
