/** Longest cause that is passed on. Characters. */
const MAX_CAUSE_LENGTH = 300;
/** Longest name of an exception. Characters. */
const MAX_KIND_LENGTH = 80;

/** Prefixes of engines' log lines: worker and process, then level, time and place. */
const WORKER = /^\([\w .:-]{1,60}pid=\d{1,10}\)\s*/;
const LOG_HEAD = /^(?:\[?(?:ERROR|CRITICAL|FATAL|WARNING|INFO)\]?:?)\s+(?:[\d:.,-]{2,30}\s+)*(?:\[[^\]]{1,100}\]\s*)?/;

/** What ends a Python traceback, and what runtimes print when they give up. */
const EXCEPTION = /^((?:\w+\.)*[A-Z]\w*(?:Error|Exception))\b(?::|$)/;
const FAILURE =
  /out of memory|input\/output error|no such file|permission denied|address already in use|no space left|segmentation fault|core dumped|terminate called|assertion failed|panicked at|error while loading shared libraries|\berror: /i;
/** Exceptions that only say that another process has failed. */
const WRAPPER = /see root cause|failed core proc|engine core initialization failed|engine process failed to start/i;
const WEAK = /\b(?:error|fatal|failed|failure|cannot|could not|unable)\b/i;

/** How much a line says about why a program failed: 0 nothing, 1 it speaks of an error, 2 it names one. */
export function causeRank(line: string): 0 | 1 | 2 {
  const text = plainCause(line);
  if (WRAPPER.test(text)) return 1;
  if (EXCEPTION.test(text) || FAILURE.test(text)) return 2;
  return WEAK.test(text) ? 1 : 0;
}

/** A line without its log prefix, bounded. */
export function plainCause(line: string): string {
  const text = line.replace(WORKER, "").replace(LOG_HEAD, "").trim();
  return text.length > MAX_CAUSE_LENGTH ? `${text.slice(0, MAX_CAUSE_LENGTH - 1)}…` : text;
}

/** What kind of error a line names, in words of a closed set or the name of an exception: never the line's own text. */
export function causeKind(line: string): string | undefined {
  const text = plainCause(line);
  const kind = (EXCEPTION.exec(text)?.[1] ?? FAILURE.exec(text)?.[0])?.toLowerCase();
  return kind === undefined || kind.length > MAX_KIND_LENGTH ? undefined : kind.replace(/:\s*$/, "");
}
