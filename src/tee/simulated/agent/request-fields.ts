import { AgentRefusal } from "./agent-refusal.ts";

/**
 * The fields of a request, of JSON or of a query string. A field that is absent has its type's empty value, as in
 * protobuf. Fields nobody asks for are ignored, as the real agent ignores them: clients are of many versions.
 */
export interface RequestFields {
  text(name: string): string;
  flag(name: string): boolean;
  /** Hex, with or without `0x`. */
  bytes(name: string): Uint8Array;
  texts(name: string): readonly string[];
  /** A whole number from 0, or undefined if absent. */
  integer(name: string): number | undefined;
}

const HEX = /^(?:[0-9a-fA-F]{2})*$/;

/** @param fields from outside; each is checked when it is read */
export function requestFields(fields: ReadonlyMap<string, unknown>): RequestFields {
  const text = (name: string): string => {
    const value = fields.get(name) ?? "";
    if (typeof value !== "string") throw new AgentRefusal(`${name}: not text`);
    return value;
  };
  return {
    text,
    flag(name) {
      const value = fields.get(name) ?? false;
      if (typeof value !== "boolean") throw new AgentRefusal(`${name}: neither true nor false`);
      return value;
    },
    bytes(name) {
      const value = text(name);
      const digits = value.startsWith("0x") ? value.slice(2) : value;
      if (!HEX.test(digits)) throw new AgentRefusal(`${name}: not hex`);
      return new Uint8Array(Buffer.from(digits, "hex"));
    },
    texts(name) {
      const value = fields.get(name) ?? [];
      if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
        throw new AgentRefusal(`${name}: not a list of texts`);
      }
      return value;
    },
    integer(name) {
      const value = fields.get(name) ?? undefined;
      if (value === undefined) return undefined;
      if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
        throw new AgentRefusal(`${name}: not a whole number from 0`);
      }
      return value;
    },
  };
}
