import { CountersignError } from "../errors/index.ts";

/** Bytes that arrived and may not be handed out yet. */
export interface HeldBytes {
  /**
   * Takes more bytes.
   *
   * @throws CountersignError `response.too_large`
   */
  push(bytes: Uint8Array): void;
  /** Hands out everything held, as one piece, and holds nothing. */
  release(): Uint8Array<ArrayBuffer>;
}

/** Holds bytes back up to a limit. */
export function createHeldBytes(maxBytes: number): HeldBytes {
  let parts: Uint8Array[] = [];
  let length = 0;
  return {
    push(bytes) {
      length += bytes.length;
      if (length > maxBytes) {
        throw new CountersignError(
          "response.too_large",
          `more than ${maxBytes} bytes would be held back; raise \`maxHeldBytes\``,
        );
      }
      parts.push(bytes);
    },
    release() {
      const whole = new Uint8Array(length);
      let offset = 0;
      for (const part of parts) {
        whole.set(part, offset);
        offset += part.length;
      }
      parts = [];
      length = 0;
      return whole;
    },
  };
}
