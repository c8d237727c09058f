import { type Kind, refuse } from "../kind.ts";
import { readList, splitList } from "./list.ts";

const mostTokens = 1024;
const longestToken = 512;

/** Bearer tokens. Several are valid at once, so that one can be replaced without a gap. Never shown. */
export const tokenList: Kind<readonly string[]> = {
  noun: "tokens",
  accepts: `1 to ${mostTokens} tokens of at most ${longestToken} visible ASCII characters, separated by commas`,
  secret: true,
  quotable: false,
  fromText(text) {
    const items = splitList(text);
    return items.length === 0 ? refuse("holds no token") : readTokens(items);
  },
  fromYaml: (value) => (Array.isArray(value) ? readTokens(value) : refuse("is not a list")),
  show({ length }) {
    if (length === 0) return "none";
    return length === 1 ? "1 token (hidden)" : `${length} tokens (hidden)`;
  },
  schema: {
    type: "array",
    minItems: 1,
    maxItems: mostTokens,
    items: { type: "string", pattern: `^[!-+\\--~]{1,${longestToken}}$` },
  },
};

function readTokens(items: readonly unknown[]) {
  return readList(items, mostTokens, (token) => {
    if (token === "") return { reason: "is empty" };
    if (token.length > longestToken) return { reason: `is longer than ${longestToken} characters` };
    // RFC 9110 section 5.5: what a header field carries unchanged. The comma separates tokens in the variable.
    if (!/^[!-+\--~]+$/.test(token)) return { reason: "holds a space, a comma, a control or a non-ASCII character" };
    return { item: token };
  });
}
