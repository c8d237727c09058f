import { ConfigError, explainConfig, formatExplanation, loadConfig } from "../config/index.ts";
import { EXIT } from "./exit-status.ts";

/** `countersign config check`: explains the effective configuration. Returns the exit status. */
export async function checkConfig(argv: readonly string[]): Promise<number> {
  const [word, ...rest] = argv;
  if (word !== "check") {
    process.stderr.write("countersign config: the command is `countersign config check`\n");
    return EXIT.usage;
  }
  const json = rest.includes("--json");
  try {
    const config = loadConfig({ env: process.env, argv: rest.filter((argument) => argument !== "--json") });
    const explanation = explainConfig(config);
    process.stdout.write(json ? `${JSON.stringify(explanation, null, 2)}\n` : formatExplanation(explanation));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (json) process.stdout.write(`${JSON.stringify({ problems: error.problems }, null, 2)}\n`);
    else process.stderr.write(`${error.message}\n`);
    return EXIT.usage;
  }
}
