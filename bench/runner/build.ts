import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { SetupError } from "./options.ts";

/** The two Go programs. */
export interface Programs {
  readonly engine: string;
  readonly load: string;
}

/** Builds the Go programs into `bench/bin`. */
export function build(root: string): Programs {
  const folder = join(root, "bench/bin");
  const done = spawnSync("go", ["build", "-o", `${folder}/`, "./bench/cmd/mock-engine", "./bench/cmd/load"], {
    cwd: root,
    encoding: "utf8",
  });
  if (done.error !== undefined) throw new SetupError(`Go is needed to build the load generator: ${done.error.message}`);
  if (done.status !== 0) throw new SetupError(`go build failed:\n${done.stderr}`);
  return { engine: join(folder, "mock-engine"), load: join(folder, "load") };
}
