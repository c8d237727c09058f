import { VERSION } from "../version.ts";
import { EXIT } from "./exit-status.ts";
import { commandHelp, generalHelp } from "./help.ts";

type Command = (argv: readonly string[]) => Promise<number>;

/** Loaded when they are called: verifying a file needs nothing of the gateway's servers. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["serve", async () => (await import("./serve.ts")).serve],
  ["chat", async () => (await import("./chat.ts")).chat],
  ["verify", async () => (await import("./verify/index.ts")).verify],
  ["models", async () => (await import("./models/index.ts")).models],
  ["config", async () => (await import("./config-check.ts")).checkConfig],
]);

/** Runs one command and returns its exit status. `argv` is what follows the program's name. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(rest[0] === undefined ? generalHelp() : await commandHelp(rest[0], rest[1]));
    return EXIT.ok;
  }
  if (name === "--version" || name === "-V") {
    process.stdout.write(`countersign ${VERSION}\n`);
    return EXIT.ok;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) {
    process.stderr.write(`countersign: no command \`${name}\`\n\n${generalHelp()}`);
    return EXIT.usage;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(await commandHelp(name, rest[0]));
    return EXIT.ok;
  }
  return (await command())(rest);
}
