/**
 * The header fields of one response: the head as received plus the position of each field in it. Nothing is copied or
 * lower-cased until a field is asked for. Names are tokens and values are free of control characters (the head reader
 * has checked both); values are Latin-1 decoded.
 */
export class UpstreamHeaders {
  readonly #text: string;
  /** Four numbers per field: start and end of the name, start and end of the value. */
  readonly #offsets: readonly number[];

  /** @param offsets four positions in `text` per field: name start, name end, value start, value end. */
  constructor(text: string, offsets: readonly number[]) {
    this.#text = text;
    this.#offsets = offsets;
  }

  /**
   * The value of a field, whatever the case of `name`; undefined if absent. Repeated fields are joined with ", " (RFC 9110
   * section 5.3), except Set-Cookie, which cannot be joined and gives its first value.
   */
  get(name: string): string | undefined {
    const wanted = name.toLowerCase();
    let joined: string | undefined;
    for (let at = 0; at < this.#offsets.length; at += 4) {
      if (!this.#isNamed(at, wanted)) continue;
      if (joined === undefined) joined = this.#slice(at + 2);
      else joined += `, ${this.#slice(at + 2)}`;
      if (wanted === "set-cookie") break;
    }
    return joined;
  }

  /** Every value of a field in the order received; empty if absent. */
  getAll(name: string): string[] {
    const wanted = name.toLowerCase();
    const values: string[] = [];
    for (let at = 0; at < this.#offsets.length; at += 4) {
      if (this.#isNamed(at, wanted)) values.push(this.#slice(at + 2));
    }
    return values;
  }

  /** All fields in the order received, names in the case received. */
  entries(): [name: string, value: string][] {
    const fields: [string, string][] = [];
    for (let at = 0; at < this.#offsets.length; at += 4) fields.push([this.#slice(at), this.#slice(at + 2)]);
    return fields;
  }

  #isNamed(at: number, wanted: string): boolean {
    const start = this.#offsets[at] ?? 0;
    const end = this.#offsets[at + 1] ?? 0;
    return end - start === wanted.length && this.#text.slice(start, end).toLowerCase() === wanted;
  }

  #slice(at: number): string {
    return this.#text.slice(this.#offsets[at], this.#offsets[at + 1]);
  }
}
