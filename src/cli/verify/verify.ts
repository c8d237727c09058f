import { nearestName } from "@countersign/client/policy";
import { EXIT } from "../exit-status.ts";
import type { Form } from "./form.ts";
import { formHelp, GENERAL_HELP } from "./help.ts";
import { UsageError } from "./usage-error.ts";

/** Everything that can be verified. Loaded when it is called for: each form brings verifiers of its own. */
const FORMS: ReadonlyMap<string, () => Promise<Form>> = new Map([
  ["url", async () => (await import("./gateway.ts")).gatewayForm],
  ["quote", async () => (await import("./quote.ts")).quoteForm],
  ["gpu", async () => (await import("./gpu.ts")).gpuForm],
  ["cert", async () => (await import("./certificate.ts")).certificateForm],
  ["bundle", async () => (await import("./bundle.ts")).bundleForm],
]);

/** `countersign verify [form] <what>`: verifies, prints a verdict, and returns the exit status. */
export async function verify(argv: readonly string[]): Promise<number> {
  const [word = ""] = argv;
  const name = formName(word);
  const command = name === undefined ? "countersign verify" : `countersign verify ${name}`;
  try {
    const form = name === undefined ? undefined : await FORMS.get(name)?.();
    if (form === undefined) throw new UsageError(explainMissing(word));
    return await form.run(name === word ? argv.slice(1) : argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${command}: ${error.message}\nSee \`${command} --help\`.\n`);
    return EXIT.usage;
  }
}

/** What `countersign verify [form] --help` prints. */
export async function verifyHelp(word = ""): Promise<string> {
  const form = await FORMS.get(formName(word) ?? "")?.();
  return form === undefined ? GENERAL_HELP : formHelp(form.help);
}

/** A URL says by itself that it is one; files are of several kinds, and their form is named. */
function formName(word: string): string | undefined {
  if (/^https?:\/\//i.test(word)) return "url";
  return FORMS.has(word) ? word : undefined;
}

function explainMissing(word: string): string {
  const forms = [...FORMS.keys()];
  if (word === "receipt") return "receipts come with a later version of Countersign; this one cannot verify them";
  const nearest = nearestName(word, forms);
  if (nearest !== undefined) return `there is no form ${JSON.stringify(word)}; did you mean ${nearest}?`;
  return `say what to verify: ${forms.join(", ")}`;
}
