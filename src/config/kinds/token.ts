import { accept, type Kind, type Parsed, refuse } from "../kind.ts";

const longestToken = 4096;

/** One bearer token this gateway presents to another service, undefined when there is none. Never shown. */
export const optionalToken: Kind<string | undefined> = {
  noun: "token",
  accepts: `1 to ${longestToken} visible ASCII characters`,
  secret: true,
  quotable: false,
  fromText: read,
  fromYaml: (value) => (typeof value === "string" ? read(value) : refuse("is not text; put it in quotes")),
  show: (value) => (value === undefined ? "none" : "1 token (hidden)"),
  schema: { type: "string", pattern: `^[!-~]{1,${longestToken}}$` },
};

function read(text: string): Parsed<string | undefined> {
  if (text === "") return refuse("is empty");
  if (text.length > longestToken) return refuse(`is longer than ${longestToken} characters`);
  // RFC 9110 section 5.5: what a header field carries unchanged.
  return /^[!-~]+$/.test(text) ? accept(text) : refuse("holds a space, a control or a non-ASCII character");
}
