import { isIP } from "node:net";
import { accept, type Kind, type Parsed, refuse } from "../kind.ts";

interface Grammar {
  readonly noun: string;
  readonly accepts: string;
  /** The reason a text is refused, or undefined. */
  readonly check: (text: string) => string | undefined;
  readonly schema: Readonly<Record<string, unknown>>;
}

function text(grammar: Grammar): Kind<string> {
  function read(value: unknown): Parsed<string> {
    // YAML reads an unquoted 0123 or true as something else, and what was written is lost.
    if (typeof value !== "string") return refuse("is not text; put it in quotes");
    const reason = grammar.check(value);
    return reason === undefined ? accept(value) : refuse(reason);
  }
  return {
    noun: grammar.noun,
    accepts: grammar.accepts,
    secret: false,
    quotable: true,
    fromText: read,
    fromYaml: read,
    show: (value) => value,
    schema: { type: "string", ...grammar.schema },
  };
}

/**
 * The model's name. It stands inside signed texts: a line break would forge a second line, and the prefix is what
 * keeps this gateway's own texts apart from `model:request:response`.
 */
export const modelName = text({
  noun: "name",
  accepts: `text of 1 to 256 bytes without control characters that does not start with "countersign."`,
  check(value) {
    if (value === "") return "is empty";
    if (Buffer.byteLength(value, "utf8") > 256) return "is longer than 256 bytes";
    if (!value.isWellFormed()) return "is not well-formed Unicode";
    if (/\p{Cc}/u.test(value)) return "holds a control character";
    if (value !== value.trim()) return "begins or ends with a space";
    if (value.startsWith("countersign.")) return `starts with "countersign.", which is reserved`;
    return undefined;
  },
  schema: { minLength: 1, maxLength: 256, pattern: "^(?!countersign\\.)[^\\u0000-\\u001f\\u007f-\\u009f]+$" },
});

/** An address to bind to. */
export const host = text({
  noun: "host",
  accepts: "an IP address without brackets, or a host name",
  check(value) {
    // RFC 1123 section 2.1: letters, digits and hyphens; 253 characters in all (RFC 1035 section 2.3.4, less framing).
    const named = value.length <= 253 && /^(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})*$/i.test(value);
    return isIP(value) !== 0 || (named && !/^[0-9.]+$/.test(value)) ? undefined : "is not an address";
  },
  schema: { minLength: 1, maxLength: 253 },
});

/** Base URL of a service whose answers are verified anyway: https, or http on loopback. */
export const httpsUrl = text({
  noun: "URL",
  accepts: "an https URL without credentials, query or fragment; http only on loopback",
  check(value) {
    const url = URL.parse(value);
    if (url === null || value.length > 2048) return "is not a URL";
    if (/[@?#]/.test(value)) return "holds credentials, a query or a fragment";
    const loopback = ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
    return url.protocol === "https:" || (url.protocol === "http:" && loopback) ? undefined : "is not https";
  },
  schema: { maxLength: 2048, pattern: "^https?://[^@?#]+$" },
});

/** A file's path. */
export const path = text({
  noun: "path",
  accepts: "a path, relative to the working directory",
  check(value) {
    if (value === "") return "is empty";
    if (value.includes("\0")) return "holds a NUL";
    return value.length > 4096 ? "is longer than 4096 characters" : undefined;
  },
  schema: { minLength: 1, maxLength: 4096 },
});

/** Such a URL, undefined when there is none. */
export const optionalHttpsUrl: Kind<string | undefined> = { ...httpsUrl, show: (value) => value ?? "none" };

/** An identifier another service has given, undefined when there is none. */
export const optionalWord: Kind<string | undefined> = {
  ...text({
    noun: "word",
    accepts: "1 to 256 letters, digits or any of . _ : -",
    check: (value) => (/^[A-Za-z0-9._:-]{1,256}$/.test(value) ? undefined : "is not such a word"),
    schema: { pattern: "^[A-Za-z0-9._:-]{1,256}$" },
  }),
  show: (value) => value ?? "none",
};

/** A file's path, undefined when there is none. */
export const optionalPath: Kind<string | undefined> = { ...path, show: (value) => value ?? "none" };
