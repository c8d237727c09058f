import type { UpstreamError, UpstreamHeaders } from "../../src/upstream/index.ts";
import { ResponseParser } from "../../src/upstream/response-parser.ts";

/** What the parser reported for one response, with the division of the body left out. */
export interface Parsed {
  status: number | undefined;
  fields: [string, string][];
  body: string;
  /** "complete", "cut" (ended before its framing said so) or the error code. */
  outcome: string;
  reusable: boolean;
  /** The text of the error, to tell refusals apart. */
  reason: string;
}

/** Feeds `response` in pieces of the given lengths (the rest as one piece), then an orderly close. */
export function parse(
  response: Buffer,
  lengths: readonly number[] = [],
  options: { method?: string; maxHeadBytes?: number } = {},
): Parsed {
  const parsed: Parsed = { status: undefined, fields: [], body: "", outcome: "cut", reusable: false, reason: "" };
  let terminals = 0;
  const parser = new ResponseParser(
    {
      onHead(status: number, headers: UpstreamHeaders) {
        if (parsed.status !== undefined || terminals > 0) throw new Error("onHead came twice or late");
        parsed.status = status;
        parsed.fields = headers.entries();
      },
      onBody(chunk: Buffer) {
        if (chunk.length === 0 || parsed.status === undefined || terminals > 0)
          throw new Error("onBody came empty, early or late");
        parsed.body += chunk.toString("latin1");
      },
      onComplete(reusable: boolean) {
        if (++terminals > 1) throw new Error("a second terminal event");
        parsed.outcome = "complete";
        parsed.reusable = reusable;
      },
      onFault(error: UpstreamError) {
        if (++terminals > 1) throw new Error("a second terminal event");
        parsed.outcome = error.code;
        parsed.reason = error.message;
      },
    },
    options.maxHeadBytes ?? 65_536,
    true,
  );
  parser.begin(options.method ?? "GET");
  let at = 0;
  for (const length of [...lengths, response.length]) {
    const piece = Buffer.from(response.subarray(at, at + length));
    at += piece.length;
    if (piece.length > 0) parser.feed(piece, piece.length);
  }
  if (parser.finish() && terminals === 0) parsed.outcome = "complete";
  return parsed;
}
