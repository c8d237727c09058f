import { hexToBytes } from "@noble/hashes/utils.js";
import { CheckFailure } from "../verdict/index.ts";
import { parseUtcTime } from "./rfc3339.ts";

/**
 * Reads the members of a parsed JSON object by name, type and range. The values are attacker-controlled; what is
 * absent or of another form is malformed, and the error names the member without quoting it.
 */
export class JsonObject {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #what: string;

  /**
   * @param what name of the object in error messages
   * @throws CheckFailure malformed, if the value is not an object
   */
  constructor(value: unknown, what: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw CheckFailure.malformed(`${what} is not a JSON object`);
    }
    this.#members = value as Readonly<Record<string, unknown>>;
    this.#what = what;
  }

  /** Names of the members. */
  get names(): readonly string[] {
    return Object.keys(this.#members);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name);
  }

  string(name: string): string {
    const value = this.#member(name);
    return typeof value === "string" ? value : this.#refuse(name, "a string");
  }

  /** An integer from 0 to `greatest`. */
  integer(name: string, greatest: number): number {
    const value = this.#member(name);
    const fits = typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= greatest;
    return fits ? value : this.#refuse(name, `an integer from 0 to ${greatest}`);
  }

  /**
   * Bytes as hex digits of either case.
   *
   * @param length how many there must be; default any number
   */
  hex(name: string, length?: number): Uint8Array {
    const digits = this.string(name);
    const fits = length === undefined ? digits.length % 2 === 0 : digits.length === 2 * length;
    if (!fits || !/^[0-9a-fA-F]*$/.test(digits)) {
      return this.#refuse(name, length === undefined ? "hexadecimal" : `${length} bytes in hexadecimal`);
    }
    return hexToBytes(digits);
  }

  /** Unix seconds. */
  time(name: string): number {
    return parseUtcTime(this.string(name)) ?? this.#refuse(name, "a time in the form of RFC 3339, UTC");
  }

  object(name: string): JsonObject {
    return new JsonObject(this.#member(name), `${this.#what}.${name}`);
  }

  /** An array of at most `most` elements, which may be empty. */
  list(name: string, most: number): readonly unknown[] {
    const value = this.#member(name);
    return Array.isArray(value) && value.length <= most ? value : this.#refuse(name, `a list of at most ${most}`);
  }

  #member(name: string): unknown {
    if (!this.has(name)) throw CheckFailure.malformed(`${this.#what}.${name} is absent`);
    return this.#members[name];
  }

  #refuse(name: string, expected: string): never {
    throw CheckFailure.malformed(`${this.#what}.${name} is not ${expected}`);
  }
}
