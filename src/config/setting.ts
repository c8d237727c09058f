import type { Mode, SettingPath } from "./config.ts";
import type { Kind, Parsed } from "./kind.ts";

/** What a setting is when no source gives it. */
export type Default<T> =
  /** A fixed value, possibly another one in the demo or in development. */
  | { readonly value: T; readonly demo?: { readonly value: T }; readonly development?: { readonly value: T } }
  /** None: outside the demo it must be given. */
  | { readonly required: true; readonly demo: { readonly value: T } }
  /** Worked out from the other settings; the text says how. */
  | { readonly derived: string };

/** A variable of one of the older gateways that sets this setting. */
export interface Variable<T> {
  readonly name: string;
  /** Its own grammar, when it differs from the kind's. */
  readonly grammar?: { readonly accepts: string; readonly read: (text: string) => Parsed<T> };
}

/** One setting. Parsing, checks, help, JSON Schema and reference all derive from this. */
export interface Setting<T> {
  readonly kind: Kind<T>;
  readonly default: Default<T>;
  /** Further variables, strongest first; all weaker than the setting's own `COUNTERSIGN_…` variable. */
  readonly variables: readonly Variable<T>[];
  /** True when giving it means that there is an engine, so that this is not the demo. */
  readonly concernsEngine?: true;
  /** One or two plain sentences. */
  readonly description: string;
}

/** The four spellings of one setting. */
export interface SettingNames {
  /** In the file: `limits.jsonBody`. */
  readonly key: string;
  /** On the command line: `--limits-json-body`. */
  readonly flag: string;
  /** In the environment: `COUNTERSIGN_LIMITS_JSON_BODY`. */
  readonly variable: string;
}

/** Derives a setting's names. The unit at the end of a path (`Ms`, `Bytes`) is left to the value: `5s`, `10MiB`. */
export function settingNames(path: SettingPath): SettingNames {
  const key = path.replace(/(?:Ms|Bytes)$/, "");
  const kebab = key.replaceAll(".", "-").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return { key, flag: `--${kebab}`, variable: `COUNTERSIGN_${kebab.replaceAll("-", "_").toUpperCase()}` };
}

/** The names under which a secret's file is given: `tokensFile`, `--tokens-file`, `COUNTERSIGN_TOKENS_FILE`. */
export function secretFileNames(names: SettingNames): SettingNames {
  return { key: `${names.key}File`, flag: `${names.flag}-file`, variable: `${names.variable}_FILE` };
}

/** The default in one mode; undefined when the setting has to be given (or is derived). */
export function defaultIn<T>(mode: Mode, fallback: Default<T>): { readonly value: T } | undefined {
  if ("derived" in fallback) return undefined;
  if (mode === "demo" && fallback.demo !== undefined) return fallback.demo;
  if (!("value" in fallback)) return undefined;
  return (mode === "development" ? fallback.development : undefined) ?? { value: fallback.value };
}

/** The default for people: `5s`, `8000 (demo: 8080)`, `required (demo: demo)`. */
export function describeDefault<T>({ kind, default: fallback }: Setting<T>): string {
  if ("derived" in fallback) return fallback.derived;
  const usual = "value" in fallback ? kind.show(fallback.value) : "required";
  const { demo } = fallback;
  const development = "value" in fallback ? fallback.development : undefined;
  const others = [
    ...(demo === undefined ? [] : [`demo: ${kind.secret ? "made at start" : kind.show(demo.value)}`]),
    ...(development === undefined ? [] : [`development: ${kind.show(development.value)}`]),
  ];
  return others.length === 0 ? usual : `${usual} (${others.join(", ")})`;
}
