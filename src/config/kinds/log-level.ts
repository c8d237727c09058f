import type { LogLevel } from "../config.ts";
import { type Parsed, refuse } from "../kind.ts";
import { choice } from "./choice.ts";
import { splitList } from "./list.ts";

/** How much is logged. */
export const logLevel = choice<LogLevel>(["trace", "debug", "info", "warn", "error", "silent"], {
  warning: "warn",
  off: "silent",
});

/**
 * `RUST_LOG` as deployments of the Rust proxies set it: `info`, or `info,hyper=warn`. The level without a target
 * counts; levels for targets name modules this program does not have.
 */
export function readLogDirectives(text: string): Parsed<LogLevel> {
  const levels = splitList(text).filter((directive) => !directive.includes("="));
  const [level, ...others] = levels;
  return level === undefined || others.length > 0
    ? refuse("does not name exactly one level")
    : logLevel.fromText(level);
}
