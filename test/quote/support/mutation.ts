import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";
import { parseQuote, quoteVerdict } from "@countersign/client/quote";
import { makePlatform } from "../../support/simulated-platform/index.ts";
import { dstack } from "./genuine.ts";
import { policyFor } from "./verify-made.ts";

/** A verification that is accepted, to be broken byte by byte. */
export interface Accepted {
  readonly name: string;
  readonly quote: Uint8Array;
  /** The container as ASCII. */
  readonly collateral: Uint8Array;
  readonly now: number;
  readonly policy: Policy;
  /** DER of the root; undefined for Intel's. */
  readonly root: Uint8Array | undefined;
}

/** One byte changed. */
export interface Mutation {
  readonly part: "quote" | "collateral";
  readonly position: number;
  readonly mask: number;
}

const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

/** The simulated platform, and a genuine one where the samples are there. */
export function acceptedSamples(): Accepted[] {
  const made = makePlatform({ quote: { format: "v5-td15" } });
  const simulated: Accepted = {
    ...made,
    name: "simulated",
    collateral: ascii(made.collateral),
    policy: policyFor(made),
    root: made.rootCertificate,
  };
  if (dstack === undefined) return [simulated];
  const collateral = ascii(dstack.collateral);
  return [simulated, { ...dstack, name: "genuine", collateral, policy: DEFAULT_POLICY, root: undefined }];
}

/** The sample with the mutation made. */
export function mutated(sample: Accepted, { part, position, mask }: Mutation): Accepted {
  const bytes = sample[part].slice();
  bytes[position] = (bytes[position] ?? 0) ^ mask;
  return { ...sample, [part]: bytes };
}

/** Whether the verifier accepts it. */
export async function isAccepted({ quote, collateral, now, policy }: Accepted): Promise<boolean> {
  const text = Buffer.from(collateral).toString("latin1");
  return (await quoteVerdict({ quote, collateral: text, now, policy })).result === "accepted";
}

/**
 * Why a mutation changes nothing that is evidence; undefined for all that do. This is the whole list: every other byte
 * of quote and collateral is covered by a signature, a size, a form or a date.
 */
export function harmless(sample: Accepted, { part, position, mask }: Mutation): string | undefined {
  const bytes = sample[part];
  const before = String.fromCharCode(bytes[position] ?? 0);
  const after = String.fromCharCode((bytes[position] ?? 0) ^ mask);
  const isPemSpace = before === "\n" && "\t\r ".includes(after);
  // The end of the C string the chain once was; without it, or with a space in its place, the text is the same.
  const isTerminator = part === "quote" && before === "\0" && position === chainEnd(sample.quote) - 1;
  if (isTerminator && "\t\n\r ".includes(after)) return "terminator of the PEM text";
  if (part === "quote") return isPemSpace && position >= chainOffset(sample.quote) ? "white space in PEM" : undefined;
  const isEscaped = bytes[position - 1] === 0x5c && before === "n" && "tr".includes(after);
  const field = fieldAt(sample.collateral, position);
  if (isEscaped && field.endsWith("_chain")) return "white space in PEM";
  const isSameDigit = /[a-f]/i.test(before) && before.toLowerCase() === after.toLowerCase();
  if (isSameDigit && /_crl$|_signature$/.test(field)) return "case of hexadecimal digits";
  // JSON takes white space between its tokens, and there is none in these texts to be changed.
  return undefined;
}

/** Where the PEM text starts: what is left of the signature data behind the last size. */
function chainOffset(quote: Uint8Array): number {
  const { signedBytes, signatureData } = parseQuote(quote);
  return signedBytes.length + 4 + 584 + signatureData.qeAuthData.length + 6;
}

/** Where it ends, and padding may begin. */
function chainEnd(quote: Uint8Array): number {
  const { length } = parseQuote(quote).signedBytes;
  return length + 4 + new DataView(quote.buffer, quote.byteOffset).getUint32(length, true);
}

/** Name of the container's member whose value covers a position. */
function fieldAt(collateral: Uint8Array, position: number): string {
  const text = Buffer.from(collateral.subarray(0, position)).toString("latin1");
  return [...text.matchAll(/[{,]\s*"([a-z_]+)"\s*:\s*"/g)].at(-1)?.[1] ?? "";
}
