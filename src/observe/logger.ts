import pino from "pino";
import { faultFields } from "./fault-fields.ts";
import { textLine } from "./text-line.ts";

/** Values a log record may hold: never content, tokens or keys. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes records: an event, which is a short noun phrase, and scalar fields. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** An unexpected fault with its cause: class, code and stack frames, but no message, which may hold content. */
  fault(event: string, cause: unknown, fields?: LogFields): void;
  /** Writes what is buffered. Call before the process ends. */
  flush(): void;
}

export interface LoggerOptions {
  readonly level: string;
  readonly format: "text" | "json";
  /** File descriptor. Default 1, standard output. */
  readonly descriptor?: number;
}

/** Records are buffered for at most this long. Milliseconds. */
const FLUSH_INTERVAL_MS = 200;

/** A logger over pino: JSON lines, or the same records as readable text. */
export function createLogger(options: LoggerOptions): Logger {
  const file = pino.destination({ dest: options.descriptor ?? 1, minLength: 4096, sync: false });
  const timer = setInterval(() => file.flush(), FLUSH_INTERVAL_MS);
  timer.unref();
  const destination = options.format === "json" ? file : { write: (line: string) => void file.write(textLine(line)) };
  const log = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: "event" },
    destination,
  );
  const write =
    (level: "debug" | "info" | "warn" | "error") =>
    (event: string, fields: LogFields = {}) =>
      log[level](fields, event);
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    fault(event, cause, fields = {}) {
      log.error({ ...fields, ...faultFields(cause) }, event);
    },
    flush() {
      clearInterval(timer);
      try {
        file.flushSync();
      } catch {
        // The destination never became ready: nothing was buffered.
      }
    },
  };
}
