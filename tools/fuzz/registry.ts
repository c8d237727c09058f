import { DerError, DerReader, readerOf } from "@countersign/client/der";
import { parseCollateral, parseQuote, quoteBytes, quoteVerdict } from "@countersign/client/quote";
import { CheckFailure } from "@countersign/client/verdict";
import {
  PemError,
  parseCertificate,
  parseCertificateRevocationList,
  parsePemCertificates,
} from "@countersign/client/x509";
import { type Accepted, acceptedSamples } from "../../test/quote/support/mutation.ts";
import { EVIDENCE_TARGETS } from "./evidence-targets.ts";
import { GPU_TARGETS } from "./gpu-targets.ts";
import { meaningOfCollateral, meaningOfQuote } from "./meaning.ts";
import { certificates, chains, collaterals, quotes, revocationLists } from "./seeds.ts";
import { type FuzzTarget, parser, textOf, textParser, verifier } from "./target.ts";

/** Everything that takes attacker-controlled bytes, one entry each. */
export const TARGETS: readonly FuzzTarget[] = [
  parser("der", certificates, readElements, DerError),
  parser("certificate", certificates, parseCertificate, DerError),
  parser("revocation-list", revocationLists, parseCertificateRevocationList, DerError),
  textParser("pem", chains, (text) => parsePemCertificates(text, 3), PemError),
  parser("quote", quotes, parseQuote, CheckFailure),
  textParser("quote-text", () => quotes().map((quote) => Buffer.from(quote).toString("hex")), quoteBytes, CheckFailure),
  textParser("collateral", collaterals, parseCollateral, CheckFailure),
  ...acceptedSamples().flatMap(quoteVerifiers),
  ...GPU_TARGETS,
  ...EVIDENCE_TARGETS,
];

/** Reads elements of every kind, into constructed ones as deep as certificates go. */
function readElements(bytes: Uint8Array): void {
  const read = (reader: DerReader, depth: number): void => {
    while (!reader.done) {
      const element = reader.element("element");
      if ((element.tag & 0x20) !== 0 && depth < 12) read(readerOf(element), depth + 1);
      const again = () => new DerReader(element.encoded);
      if (element.tag === 0x02) again().integerBytes("integer");
      if (element.tag === 0x06) again().oid("identifier");
      if (element.tag === 0x17 || element.tag === 0x18) again().time("time");
    }
  };
  read(new DerReader(bytes), 0);
}

/** The verifier of quotes on a sample that it accepts, with either part of it broken. */
function quoteVerifiers(sample: Accepted): readonly FuzzTarget[] {
  return [
    ...verifier(`${sample.name}-quote-verification`, {
      seeds: () => [sample.quote],
      verify: (quote) => isAccepted({ ...sample, quote }),
      meaning: meaningOfQuote,
    }),
    ...verifier(`${sample.name}-collateral-verification`, {
      seeds: () => [sample.collateral],
      verify: (collateral) => isAccepted({ ...sample, collateral }),
      meaning: meaningOfCollateral,
    }),
  ];
}

async function isAccepted({ quote, collateral, now, policy }: Accepted): Promise<boolean> {
  const verdict = await quoteVerdict({ quote, collateral: textOf(collateral), now, policy });
  const fault = verdict.checks.find(({ remedy }) => remedy === "report this as a bug");
  if (fault !== undefined) throw new Error(`${fault.id} ended in a fault of the verifier`);
  return verdict.result === "accepted";
}
