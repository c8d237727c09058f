import { CountersignError } from "../errors/index.ts";
import { createHeldBytes } from "./held-bytes.ts";
import { idOfJson } from "./response-id.ts";

/** Decides which bytes of a body may pass before the whole body is verified. */
export interface BodyGate {
  /** Takes received bytes and returns those that may be handed out now; may be empty. */
  pass(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /**
   * Says that the body has ended.
   *
   * @returns the response id found in the body, if any, and the bytes to hand out once everything is verified
   * @throws CountersignError `response.truncated`
   */
  end(): { readonly id: string | undefined; readonly rest: Uint8Array<ArrayBuffer> };
}

/** The gate of a plain answer: nothing passes before all of it is verified. */
export function createPlainGate(maxHeldBytes: number): BodyGate {
  const held = createHeldBytes(maxHeldBytes);
  return {
    pass(bytes) {
      held.push(bytes);
      return new Uint8Array();
    },
    end() {
      const rest = held.release();
      return { id: idOfJson(new TextDecoder().decode(rest)), rest };
    },
  };
}

const LINE_FEED = 0x0a;
/** What readers of event streams take for the end. They differ in how much may follow, so all of it is held back. */
const DONE_LIKE = /^data: *\[DONE\]/;
const DONE = /^data: ?\[DONE\]$/;

/**
 * The gate of an event stream (WHATWG HTML, 9.2): whole lines pass as they arrive, and from `data: [DONE]` on nothing,
 * because a reader may stop there. So whoever reads as far as `[DONE]` has verified bytes.
 */
export function createEventStreamGate(maxHeldBytes: number): BodyGate {
  const held = createHeldBytes(maxHeldBytes);
  let id: string | undefined;
  let isHolding = false;
  let isDone = false;

  /** Looks at one line, without its line feed. The sender controls it; it is at most `maxHeldBytes` long. */
  function read(bytes: Uint8Array): void {
    // A carriage return alone ends a line too, and a reader would see a [DONE] between two of them.
    for (const line of new TextDecoder().decode(bytes).split("\r")) {
      if (DONE_LIKE.test(line)) isHolding = true;
      if (DONE.test(line)) isDone = true;
      if (id === undefined && line.startsWith("data:")) id = idOfJson(line.slice(5));
    }
  }

  return {
    pass(bytes) {
      const lines = createHeldBytes(Number.MAX_SAFE_INTEGER);
      let start = 0;
      while (!isHolding) {
        const end = bytes.indexOf(LINE_FEED, start);
        if (end === -1) break;
        held.push(bytes.subarray(start, end + 1));
        start = end + 1;
        const line = held.release();
        read(line.subarray(0, -1));
        (isHolding ? held : lines).push(line);
      }
      held.push(bytes.subarray(start));
      return lines.release();
    },
    end() {
      const rest = held.release();
      if (!isHolding) read(rest);
      if (!isDone) throw new CountersignError("response.truncated", "the event stream ended without its [DONE]");
      return { id, rest };
    },
  };
}
