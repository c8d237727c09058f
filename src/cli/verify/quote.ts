import { verifyEventLog } from "@countersign/client/dstack";
import { quoteNotes, verifyQuote } from "@countersign/client/quote";
import { Checks } from "@countersign/client/verdict";
import { readCollateralFile } from "./collateral-file.ts";
import { COMMON_FLAGS, hexFlag, parseFlags } from "./flags.ts";
import type { Form, FormHelp } from "./form.ts";
import { conclude, judgementOf, readInput } from "./judgement.ts";
import { readQuoteFile } from "./quote-file.ts";
import { unjudged } from "./unjudged.ts";

const FLAGS = {
  ...COMMON_FLAGS,
  collateral: { type: "string" },
  "report-data": { type: "string" },
} as const;

const HELP: FormHelp = {
  about: `Usage: countersign verify quote <file> [options]

Verifies an Intel TDX quote without the network: certificate chain, revocation, collateral, every signature, the
platform's security level, and what a policy asks besides.

<file> is the quote as raw bytes or hex digits, or a JSON report with the member \`quote\` or \`intel_quote\` in hex; the
\`event_log\` of such a report is verified too.
`,
  options: `\
  --collateral <file>   Intel's statements about the platform as JSON with nine members (\`tcb_info\`, \`root_ca_crl\`, ...);
                        without it revocation and security level stay open, and the verdict is a rejection
  --report-data <hex>   the 64 bytes the quote must have been made for; without it the quote says nothing about keys
                        or freshness
`,
  examples: [
    "verify quote quote.bin --collateral collateral.json --policy production.yaml",
    "verify quote report.json --collateral collateral.json --at 2026-03-01T00:00:00Z",
    "verify quote quote.hex --collateral collateral.json --root root.pem --allow-simulated",
  ],
};

/** `countersign verify quote`. */
export const quoteForm: Form = {
  help: HELP,
  async run(argv) {
    const { values, target } = parseFlags(argv, FLAGS, "file with a quote");
    const expectedReportData = hexFlag("report-data", values["report-data"], 64);
    const judgement = judgementOf(values, { tdx: values.root });
    const { policy, now } = judgement;
    const unread = new Checks();
    const file = await readInput(unread, "quote.format", () => readQuoteFile(target));
    const collateral = await readInput(unread, "collateral.format", () => readCollateralFile(values.collateral));
    if (file === undefined || unread.malformed) {
      return conclude(judgement, { subject: "quote", checks: unread, simulated: false, facts: {} });
    }
    const input = { quote: file.quote, collateral, now, policy, expectedReportData };
    const verification = await verifyQuote(input);
    const { checks, quote, simulated, facts } = verification;
    if (quote !== undefined && checks.passed("quote.signature")) {
      const { eventLog, appCompose } = file;
      const { body } = quote;
      await verifyEventLog(checks, { eventLog, appCompose, registers: body, mrConfigId: body.mrconfigid, policy, now });
    } else if (file.eventLog !== undefined) {
      checks.skip("rtmr3.replay", "the quote to compare the event log with does not hold");
    }
    const notes = [...quoteNotes(input, verification), ...unjudged(policy, ["gpu", "kms", "models"])];
    return conclude(judgement, { subject: "quote", checks, simulated, facts, notes });
  },
};
