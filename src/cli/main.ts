import { VERSION } from "../version.ts";
import { chat } from "./chat.ts";
import { checkConfig } from "./config-check.ts";
import { EXIT } from "./exit-status.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { serve } from "./serve.ts";

const COMMANDS: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  serve,
  chat,
  config: checkConfig,
};

/** Runs one command and returns its exit status. `argv` is what follows the program's name. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(rest[0] === undefined ? generalHelp() : commandHelp(rest[0]));
    return EXIT.ok;
  }
  if (name === "--version" || name === "-V") {
    process.stdout.write(`countersign ${VERSION}\n`);
    return EXIT.ok;
  }
  const command = COMMANDS[name];
  if (command === undefined) {
    process.stderr.write(`countersign: no command \`${name}\`\n\n${generalHelp()}`);
    return EXIT.usage;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(commandHelp(name));
    return EXIT.ok;
  }
  return command(rest);
}
