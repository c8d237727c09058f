// What `npm start` runs: the gateway, with settings as flags.
import { main } from "./cli/main.ts";

process.exitCode = await main(["serve", ...process.argv.slice(2)]);
