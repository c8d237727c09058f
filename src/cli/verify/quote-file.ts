import { quoteBytes } from "@countersign/client/quote";
import { CheckFailure } from "@countersign/client/verdict";
import { readInputFile, textOf } from "./input-file.ts";
import { jsonObject } from "./json-file.ts";

/** A report with event log and device evidence beside its quote. Bytes. */
const LARGEST_FILE = 8 * 1024 * 1024;

/** What a file gives to verify. */
export interface QuoteFile {
  readonly quote: Uint8Array;
  /** The agent's text, where the file holds one. */
  readonly eventLog: string | undefined;
  /** The text of the compose document, where it holds one. */
  readonly appCompose: string | undefined;
}

/**
 * A quote in any of its forms: see the command's help.
 *
 * @throws UsageError if there is no such file, CheckFailure malformed if it cannot be read
 */
export function readQuoteFile(path: string): QuoteFile {
  const bytes = readInputFile(path, LARGEST_FILE);
  const text = textOf(bytes);
  if (text?.trimStart().startsWith("{")) return quoteInReport(jsonObject(text));
  // A quote begins with a version and a zero byte, so its raw bytes are never hex digits.
  const isHex = text !== undefined && /^\s*(0x)?[0-9a-fA-F\s]+$/i.test(text);
  return { quote: quoteBytes(isHex ? text : bytes), eventLog: undefined, appCompose: undefined };
}

function quoteInReport(report: Readonly<Record<string, unknown>>): QuoteFile {
  const found = ["quote", "intel_quote"].filter((name) => report[name] !== undefined);
  const [name] = found;
  if (name === undefined) throw CheckFailure.malformed("the JSON object has no member quote or intel_quote");
  if (found.length > 1)
    throw CheckFailure.malformed("the JSON object has quote and intel_quote; which one counts is unclear");
  const quote = report[name];
  if (typeof quote !== "string") throw CheckFailure.malformed(`the member ${name} is not text`);
  return {
    quote: quoteBytes(quote),
    eventLog: eventLogOf(report["event_log"]),
    appCompose: appComposeOf(report["info"]),
  };
}

/** Some reports carry the log as text, others as JSON; its replay depends on the values, not on the layout. */
function eventLogOf(log: unknown): string | undefined {
  if (log === undefined || log === null) return undefined;
  if (typeof log === "string") return log;
  if (Array.isArray(log)) return JSON.stringify(log);
  throw CheckFailure.malformed("the member event_log is neither text nor a list");
}

/**
 * The compose document among the platform's statements about itself, `info.tcb_info.app_compose`, where `tcb_info` may be
 * JSON text. It is only compared with a measured hash, so where it is not found its checks are skipped.
 */
function appComposeOf(info: unknown): string | undefined {
  const tcbInfo = memberOf(info, "tcb_info");
  const compose = memberOf(typeof tcbInfo === "string" ? jsonObject(tcbInfo) : tcbInfo, "app_compose");
  return typeof compose === "string" ? compose : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return new Map<string, unknown>(Object.entries(value ?? {})).get(name);
}
