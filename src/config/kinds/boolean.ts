import { accept, type Kind, refuse } from "../kind.ts";

/** Yes or no. Variables and flags take the words the older gateways took; YAML takes true and false alone. */
export const boolean: Kind<boolean> = {
  noun: "boolean",
  accepts: "true, yes, on or 1; false, no, off or 0",
  secret: false,
  quotable: true,
  fromText(text) {
    switch (text.toLowerCase()) {
      case "1":
      case "true":
      case "yes":
      case "on":
        return accept(true);
      case "0":
      case "false":
      case "no":
      case "off":
        return accept(false);
      default:
        return refuse("is neither yes nor no");
    }
  },
  fromYaml(value) {
    return typeof value === "boolean" ? accept(value) : refuse("is neither true nor false");
  },
  show: String,
  schema: { type: "boolean" },
};
