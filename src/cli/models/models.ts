import { IntegrityError, type IntegrityErrorCode } from "../../models/hashing/index.ts";
import { EXIT } from "../exit-status.ts";
import { UsageError } from "../verify/usage-error.ts";
import type { Form } from "./form.ts";
import { GENERAL_HELP } from "./help.ts";

/** Loaded when it is called for. */
const FORMS: ReadonlyMap<string, () => Promise<Form>> = new Map([
  ["digest", async () => (await import("./digest.ts")).digestForm],
  ["verify", async () => (await import("./verify.ts")).verifyForm],
  ["seal", async () => (await import("./seal.ts")).sealForm],
]);

const EXIT_BY_CODE: Readonly<Record<IntegrityErrorCode, number>> = {
  not_found: EXIT.usage,
  refused: EXIT.usage,
  malformed: EXIT.malformed,
  changed: EXIT.rejected,
  io: EXIT.failure,
  tool: EXIT.failure,
  aborted: EXIT.failure,
};

/** `countersign models <form> <what>`: measures, checks or seals model files. Returns the exit status. */
export async function models(argv: readonly string[]): Promise<number> {
  const [word = "", ...rest] = argv;
  const load = FORMS.get(word);
  const command = load === undefined ? "countersign models" : `countersign models ${word}`;
  try {
    if (load === undefined) throw new UsageError(await explainMissing(word));
    return await (await load()).run(rest);
  } catch (error) {
    if (error instanceof IntegrityError) {
      process.stderr.write(`${command}: ${error.message}\n`);
      return EXIT_BY_CODE[error.code];
    }
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${command}: ${error.message}\nSee \`${command} --help\`.\n`);
    return EXIT.usage;
  }
}

/** What `countersign models [form] --help` prints. */
export async function modelsHelp(word = ""): Promise<string> {
  return (await FORMS.get(word)?.())?.help ?? GENERAL_HELP;
}

async function explainMissing(word: string): Promise<string> {
  const forms = [...FORMS.keys()];
  const { nearestName } = await import("@countersign/client/policy");
  const nearest = nearestName(word, forms);
  if (nearest !== undefined) return `there is no form ${JSON.stringify(word)}; did you mean ${nearest}?`;
  return `say what to do: ${forms.join(", ")}`;
}
