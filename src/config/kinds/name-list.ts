import { type Kind, refuse } from "../kind.ts";
import { readList, splitList } from "./list.ts";
import { host } from "./text.ts";

const mostNames = 64;

/** Host names and IP addresses of a certificate. */
export const nameList: Kind<readonly string[]> = {
  noun: "names",
  accepts: `1 to ${mostNames} host names or IP addresses, separated by commas`,
  secret: false,
  quotable: true,
  fromText: (text) => readNames(splitList(text)),
  fromYaml: (value) => (Array.isArray(value) ? readNames(value) : refuse("is not a list")),
  show: (names) => names.join(","),
  schema: { type: "array", minItems: 1, maxItems: mostNames, items: host.schema },
};

function readNames(items: readonly unknown[]) {
  return readList(items, mostNames, (item) => {
    const parsed = host.fromText(item);
    return "value" in parsed ? { item: parsed.value.toLowerCase() } : { reason: "is not an address" };
  });
}
