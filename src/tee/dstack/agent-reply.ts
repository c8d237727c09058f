import { TeeError } from "../tee-error.ts";

/** Bounds of one byte string. Bytes. */
export interface ByteBounds {
  readonly min: number;
  readonly max: number;
}

/** Reads the members of one reply, strictly. Every value is the agent's word; a wrong one ends the call. */
export interface AgentReply {
  /** Lower- or upper-case hex, an `0x` in front allowed. */
  bytes(member: string, bounds: ByteBounds): Uint8Array;
  /** A list of exactly `count` such byte strings. */
  byteList(member: string, count: number, bounds: ByteBounds): readonly Uint8Array[];
  /** @param max most characters */
  text(member: string, max: number): string;
  /** The same; undefined if the member is missing, null or empty. */
  optionalText(member: string, max: number): string | undefined;
  /** The same as bytes; undefined if the member is missing, null or empty. */
  optionalBytes(member: string, bounds: ByteBounds): Uint8Array | undefined;
  /** A list of one to `count` texts. */
  textList(member: string, count: number, max: number): readonly string[];
}

/**
 * @param method for messages
 * @throws TeeError `tee.malformed` unless the reply is an object; so do all its readers, naming the member
 */
export function agentReply(method: string, reply: unknown): AgentReply {
  const malformed = (member: string, why: string): TeeError =>
    new TeeError("tee.malformed", `dstack agent, ${method}: ${member} ${why}`);
  if (typeof reply !== "object" || reply === null || Array.isArray(reply))
    throw malformed("the answer", "is no object");
  const members = new Map<string, unknown>(Object.entries(reply));
  // Agents report some failures with status 200.
  if (members.has("error")) throw new TeeError("tee.refused", `dstack agent, ${method}: refused`);

  const asText = (member: string, value: unknown, max: number): string => {
    if (typeof value !== "string") throw malformed(member, "is missing or no text");
    if (value.length > max) throw malformed(member, `is longer than ${max} characters`);
    return value;
  };
  const asBytes = (member: string, value: unknown, { min, max }: ByteBounds): Uint8Array => {
    const text = asText(member, value, 2 * max + 2);
    const hex = text.startsWith("0x") ? text.slice(2) : text;
    if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex)) throw malformed(member, "is not hex");
    const length = hex.length / 2;
    if (length < min || length > max)
      throw malformed(member, `has ${length} bytes, not ${min === max ? min : `${min} to ${max}`}`);
    return new Uint8Array(Buffer.from(hex, "hex"));
  };
  const asList = (member: string, min: number, max: number): readonly unknown[] => {
    const value = members.get(member);
    if (!Array.isArray(value)) throw malformed(member, "is missing or no list");
    if (value.length < min || value.length > max) throw malformed(member, `has ${value.length} entries`);
    return value;
  };
  const given = (member: string): boolean => {
    const value = members.get(member);
    return value !== undefined && value !== null && value !== "";
  };
  return {
    bytes: (member, bounds) => asBytes(member, members.get(member), bounds),
    byteList: (member, count, bounds) => asList(member, count, count).map((entry) => asBytes(member, entry, bounds)),
    text: (member, max) => asText(member, members.get(member), max),
    optionalText: (member, max) => (given(member) ? asText(member, members.get(member), max) : undefined),
    optionalBytes: (member, bounds) => (given(member) ? asBytes(member, members.get(member), bounds) : undefined),
    textList: (member, count, max) => asList(member, 1, count).map((entry) => asText(member, entry, max)),
  };
}
