import { CountersignError } from "../../errors/index.ts";
import type { Member } from "./members.ts";

/** A JSON Schema, or a part of one (draft 2020-12). */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * One kind of value of a policy: how it is read, and how JSON Schema describes it. Reader and schema stand side by side,
 * so that what an editor accepts and what the verifier accepts are one table.
 */
export interface Shape<T> {
  /** What is accepted, as a phrase: "a whole number from 0 to 64". */
  readonly accepts: string;
  readonly schema: JsonSchema;
  /** Of a mapping: its members, for whoever lists them. */
  readonly members?: Readonly<Record<string, Member<unknown>>>;
  /** Of a list: what its entries are. */
  readonly entries?: Shape<unknown>;
  /**
   * @param value attacker-controlled if the policy file is; any JSON value
   * @param path where it stands, for messages: `tcb.advisories[0].expires`
   * @throws CountersignError `policy.invalid`
   */
  read(value: unknown, path: string): T;
}

/** Refuses a policy. `reason` reads after the path, and ends without a full stop. */
export function refusePolicy(path: string, reason: string): never {
  throw new CountersignError("policy.invalid", `${path === "" ? "policy" : path}: ${reason}`);
}

/** Refuses a value that is not of its shape. */
export function refuseValue(path: string, value: unknown, accepts: string): never {
  return refusePolicy(path, `found ${describe(value)}, and accepted is ${accepts}`);
}

/** Longest text that is repeated in a message. Characters; PEM texts and whole documents are longer. */
const LONGEST_QUOTED = 64;
/** What a terminal may obey or not show. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** A value in words, short and safe to print. */
function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "no value";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  switch (typeof value) {
    case "string":
      return value.length > LONGEST_QUOTED || INVISIBLE.test(value) ? "a text that is not shown" : `"${value}"`;
    case "boolean":
      return String(value);
    case "number":
      return `the number ${value}`;
    default:
      return "a mapping";
  }
}
