import type { JsonObject } from "@bufbuild/protobuf";
import { asObject } from "./json-fields.ts";

/** Stands for the content while a template is tried. Nothing in an event needs to differ from it. */
const MARKER = "countersign delta template";

/** What ends or needs decoding in a JSON string: quotes, escapes, and what comes before the space (RFC 8259 section 7). */
const ENCODED = /["\\]|[^ -\uffff]/;

/** How many events are tried before a stream counts as one without a template. */
const ATTEMPTS = 4;

/**
 * Recognises events that differ from an earlier one in nothing but the text of their one delta, without parsing them.
 *
 * Engines send the same JSON for every token of an answer with another content in it. Once an event has been parsed,
 * its text before and after the content is kept. An event with the same text around a content that needs no decoding is
 * the same object with that content, by the grammar of JSON; everything else is parsed as ever.
 */
export class DeltaTemplate {
  #before = "";
  #after = "";
  #known = false;
  #attempts = ATTEMPTS;

  /** The content of an event that fits; undefined if it does not, or if no template is known. */
  contentOf(data: string): string | undefined {
    if (!this.#fits(data)) return undefined;
    const from = this.#before.length;
    const to = data.length - this.#after.length;
    if (to <= from) return undefined;
    const content = data.slice(from, to);
    return ENCODED.test(content) ? undefined : content;
  }

  /**
   * Takes an event as the template if it can be one: `data` is its text and `event` the object it was parsed into.
   * It is tried out first: with another text in the place found, it must parse into the same object with that content.
   */
  learn(data: string, event: JsonObject): void {
    // One that fits was parsed for its content alone, a line break or a quote: the template stays.
    if (this.#attempts === 0 || this.#fits(data)) return;
    const content = plainContent(event);
    if (content === undefined) return;
    this.#attempts--;
    this.#known = false;
    const name = data.lastIndexOf('"content"');
    const from = data.indexOf('"', data.indexOf(":", name + 9)) + 1;
    const to = data.indexOf('"', from);
    if (name === -1 || from === 0 || to === -1 || data.slice(from, to) !== content) return;
    const before = data.slice(0, from);
    const after = data.slice(to);
    const trial = asObject(parse(before + MARKER + after));
    if (trial === undefined || plainContent(trial) !== MARKER) return;
    if (JSON.stringify(withContent(trial, content)) !== JSON.stringify(event)) return;
    this.#before = before;
    this.#after = after;
    this.#known = true;
  }

  #fits(data: string): boolean {
    return this.#known && data.startsWith(this.#before) && data.endsWith(this.#after);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The one delta of an event with one choice; undefined for any other event. */
function onlyDelta(event: JsonObject): JsonObject | undefined {
  const { choices } = event;
  if (!Array.isArray(choices) || choices.length !== 1) return undefined;
  return asObject(asObject(choices[0])?.["delta"]);
}

/** The content of an event whose one delta is a text; undefined for any other event. */
function plainContent(event: JsonObject): string | undefined {
  const content = onlyDelta(event)?.["content"];
  return typeof content === "string" && content !== "" ? content : undefined;
}

/** The event with another content. It is changed in place. */
function withContent(event: JsonObject, content: string): JsonObject {
  const delta = onlyDelta(event);
  if (delta !== undefined) delta["content"] = content;
  return event;
}
