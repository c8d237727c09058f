import type { Policy } from "../policy/index.ts";
import { concludeVerdict, type Verdict } from "../verdict/index.ts";
import { isDebug } from "./td-report.ts";
import { type QuoteInput, type QuoteVerification, verifyQuote } from "./verify-quote.ts";

/** Verifies a quote and concludes: accepted, rejected or malformed, with every check, its cause and its remedy. */
export async function quoteVerdict(input: QuoteInput): Promise<Verdict> {
  const { policy, now } = input;
  const verification = await verifyQuote(input);
  const { checks, simulated, facts } = verification;
  return concludeVerdict({
    subject: "quote",
    checks,
    policy,
    now,
    simulated,
    facts,
    notes: quoteNotes(input, verification),
  });
}

/** What an accepted verdict does not prove: for whoever concludes one of a verification and further checks. */
export function quoteNotes(
  { policy, expectedReportData }: QuoteInput,
  { quote, simulated }: QuoteVerification,
): string[] {
  const notes: string[] = [];
  if (simulated) notes.push("SIMULATED: a program made this quote; it proves nothing about hardware.");
  if (!pinsSoftware(policy)) {
    notes.push(
      "No software is pinned: some trust domain on a current platform signed these bytes, and which software runs in it is not established.",
    );
  }
  if (expectedReportData === undefined) {
    notes.push(
      "The report data was not compared: the quote may be an old one, and says nothing about a key or a nonce.",
    );
  }
  if (quote !== undefined && isDebug(quote.body)) {
    notes.push("The trust domain is in debug mode: its host can read and change everything in it.");
  }
  return notes;
}

/** RTMR0 and MRSEAM are of the machine; the others of what runs in the trust domain. */
const SOFTWARE = ["mrtd", "rtmr1", "rtmr2", "rtmr3"] as const;

function pinsSoftware({ measurements: { values, images } }: Policy): boolean {
  return images !== undefined || SOFTWARE.some((name) => values[name] !== undefined);
}
