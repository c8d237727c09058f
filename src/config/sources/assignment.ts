import type { SettingPath } from "../config.ts";
import type { ConfigProblem } from "../config-error.ts";
import type { Parsed } from "../kind.ts";
import { type Setting, settingNames } from "../setting.ts";
import type { Source } from "../source.ts";

/** One value for one setting from one source, read. */
export interface Assignment {
  readonly path: SettingPath;
  readonly source: Source;
  readonly parsed: Parsed<unknown>;
}

/** What one source said: assignments from weakest to strongest, and everything wrong with it. */
export interface Reading {
  readonly assignments: readonly Assignment[];
  readonly problems: readonly ConfigProblem[];
}

/** Collects a source's reading; a refused value becomes a problem and stays an assignment, so that it counts as given. */
export class ReadingBuilder implements Reading {
  readonly assignments: Assignment[] = [];
  readonly problems: ConfigProblem[] = [];

  /**
   * Records a value.
   * @param written - the value as it was written, for the error if it is refused; undefined when it cannot be shown
   * @param accepts - the source's own grammar, when it differs from the kind's
   */
  assign(entry: { readonly path: SettingPath; readonly setting: Setting<unknown> }, value: AssignedValue): void {
    const { path, setting } = entry;
    const { source, parsed, written, accepts } = value;
    this.assignments.push({ path, source, parsed });
    if (!("fault" in parsed)) return;
    const { code, reason } = parsed.fault;
    const subject = written !== undefined && setting.kind.quotable ? quote(written) : "the value";
    const message = `${subject} ${reason}. Accepted: ${accepts ?? setting.kind.accepts}.`;
    this.problems.push({ code, key: settingNames(path).key, source, message });
  }

  /** Records that a setting was given in a way that cannot be used. */
  refuse(path: SettingPath, problem: ConfigProblem & { readonly source: Source }): void {
    this.assignments.push({ path, source: problem.source, parsed: { fault: { code: "invalid_value", reason: "" } } });
    this.problems.push(problem);
  }
}

/** A value on its way into a reading. */
export interface AssignedValue {
  readonly source: Source;
  readonly parsed: Parsed<unknown>;
  readonly written?: string;
  readonly accepts?: string;
}

/** The most of a refused value that an error repeats. */
const longestQuote = 80;

/** Quotes something an operator wrote; nothing in it can move the terminal's cursor. */
export function quote(text: string): string {
  const shown = text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
  return JSON.stringify(shown.toWellFormed()).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A name an operator wrote: as it is when it is a plain one, otherwise quoted. */
export function quoteName(name: string): string {
  return /^[\w.-]{1,64}$/.test(name) ? name : quote(name);
}
