import { type FSWatcher, readFileSync, renameSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";

/** One directory under the root: a request of its own, served until it is closed. */
export interface ServedEntry {
  /** Stops serving and removes the directory, as rmdir does on the real file system. */
  close(): void;
}

/** What an entry answers. */
export interface EntryAnswers {
  /** Text of `provider`, without the line feed. */
  readonly provider: string;
  /** The report for what was written to `inblob`; undefined if there is none for it. */
  report(input: Uint8Array): Uint8Array | undefined;
  /** What `generation` shows after the first write. */
  generation(): number;
}

/** Fills a directory with its attributes and answers the one write a request makes. */
export function serveEntry(directory: string, answers: EntryAnswers): ServedEntry {
  let answered = false;
  /** Attributes appear whole: a reader finds none or all of one. */
  const publish = (attribute: string, content: string | Uint8Array): void => {
    const draft = join(directory, `.${attribute}`);
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, join(directory, attribute));
  };

  const answer = (): void => {
    if (answered) return;
    const input = new Uint8Array(readFileSync(join(directory, "inblob")));
    if (input.length === 0) return;
    answered = true;
    const report = answers.report(input);
    // In this order: whoever finds a report finds the generation it belongs to.
    publish("generation", `${answers.generation()}\n`);
    if (report !== undefined) publish("outblob", report);
  };

  // Watched before there is anything to write to, so that no write goes unseen.
  const watcher: FSWatcher = watch(directory, (_event, name) => {
    if (name === "inblob") unlessGone(answer);
  });
  watcher.on("error", () => watcher.close());
  unlessGone(() => {
    publish("provider", `${answers.provider}\n`);
    publish("generation", "0\n");
    publish("inblob", "");
  });
  return {
    close() {
      watcher.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The owner of the directory may remove it at any moment. */
function unlessGone(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
