import type { EngineAddress } from "../config.ts";
import { type Kind, type Parsed, refuse } from "../kind.ts";
import { readList, splitList } from "./list.ts";

const mostEngines = 64;
const longestUrl = 2048;

/** Engine addresses. Not quotable: a refused one may hold a password. */
export const engineList: Kind<readonly EngineAddress[]> = {
  noun: "URLs",
  accepts: `1 to ${mostEngines} http or https URLs without credentials, query or fragment, separated by commas`,
  secret: false,
  quotable: false,
  fromText: (text) => readEngines(splitList(text)),
  fromYaml: (value) => (Array.isArray(value) ? readEngines(value) : refuse("is not a list")),
  show: (engines) => (engines.length === 0 ? "none" : engines.map(({ url }) => url.href).join(",")),
  schema: {
    type: "array",
    minItems: 1,
    maxItems: mostEngines,
    items: { type: "string", maxLength: longestUrl, pattern: "^[hH][tT][tT][pP][sS]?://[^@?#]+$" },
  },
};

/** One address, as `VLLM_BASE_URL` holds it. */
export function readEngine(text: string): Parsed<readonly EngineAddress[]> {
  return text.includes(",") ? refuse("holds more than one URL") : readEngines([text]);
}

function readEngines(items: readonly unknown[]): Parsed<readonly EngineAddress[]> {
  return readList(items, mostEngines, (item) => {
    if (item.length > longestUrl) return { reason: `is longer than ${longestUrl} characters` };
    const url = URL.parse(item);
    if (url === null) return { reason: "is not a URL" };
    if (url.protocol !== "http:" && url.protocol !== "https:") return { reason: "is neither http nor https" };
    // WHATWG parsing reads http:host and http:\\host as http://host; a person who wrote that made a typing error.
    if (!/^https?:\/\/[^/\\]/i.test(item)) return { reason: "has no // and host after its scheme" };
    if (url.username !== "" || url.password !== "") return { reason: "holds credentials" };
    // An empty query or fragment leaves url.search and url.hash empty, so look at the text.
    if (item.includes("?")) return { reason: "has a query" };
    if (item.includes("#")) return { reason: "has a fragment" };
    if (item.includes("@")) return { reason: "holds an @" };
    return { item: Object.freeze({ url: Object.freeze(url) }) };
  });
}
