/** What the log says about an unexpected fault. */
export interface FaultFields {
  /** Class of the error, or the type of a thrown value that is none. */
  readonly error: string;
  /** Node's or the system's code, such as ECONNREFUSED. */
  readonly error_code?: string;
  /** Stack frames, innermost first. */
  readonly stack?: string;
}

const FRAME = /^ {4}at .*(?::\d+:\d+\)?|\(native\)|<anonymous>\)?)$/;
const MAX_FRAMES = 20;

/**
 * Describes a fault without its message: messages of parsers and of generated code quote the text they stumbled over,
 * which may be a prompt. The frames say where it happened.
 */
export function faultFields(cause: unknown): FaultFields {
  if (!(cause instanceof Error)) return { error: typeof cause };
  const { code } = cause as { code?: unknown };
  const { stack = "", message } = cause;
  // The stack begins with the message, whose lines may look like frames.
  const begin = message === "" ? 0 : Math.max(0, stack.indexOf(message)) + message.length;
  const frames = stack
    .slice(begin)
    .split("\n")
    .filter((line) => FRAME.test(line))
    .slice(0, MAX_FRAMES);
  return {
    error: cause.name,
    ...(typeof code === "string" && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? { error_code: code } : {}),
    ...(frames.length === 0 ? {} : { stack: frames.map((line) => line.trim()).join("\n") }),
  };
}
