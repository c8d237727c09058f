import process from "node:process";
import { HELP, OptionsError, readOptions } from "./options.ts";
import { startDemoServer } from "./server.ts";

/** Usage errors exit with 2, failures to start with 1. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === "help") {
    process.stdout.write(HELP);
    return;
  }
  const server = await startDemoServer(options);
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void server.close().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  if (options.exitWithParent) {
    // A parent that dies, however it dies, closes its end of our standard input.
    process.stdin.on("end", stop).on("close", stop).on("error", stop).resume();
  }
  process.stdout.on("error", stop);
  process.stdout.write(`${JSON.stringify({ listening: server.url, model: server.model })}\n`);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : "unknown failure";
  process.stderr.write(
    error instanceof OptionsError ? `${message}\nRun with --help for the options.\n` : `Cannot start: ${message}\n`,
  );
  process.exitCode = error instanceof OptionsError ? 2 : 1;
});
