import { createHash } from "node:crypto";
import { DEFAULT_POLICY, type Policy } from "../../../clients/typescript/src/policy/index.ts";
import {
  dstackReportData,
  encodeTcgClaims,
  encodeTcgEvidence,
  LEAF_OID,
  type LeafInput,
  minuteText,
  ratlsReportData,
  tcgReportData,
} from "../../../clients/typescript/src/ratls/index.ts";
import { der } from "../../../src/der/index.ts";
import { type MadePlatform, makePlatform, NOW } from "../../support/simulated-platform/index.ts";
import { createLeaf, createLeafKey, extension, type LeafFields, type LeafKey } from "./leaf.ts";

/** The minute of the simulated platform's moment. */
export const MINUTE = NOW - (NOW % 60);
export const DAY = 86_400;

export interface AttestedLeafOptions extends Partial<LeafFields> {
  readonly form?: "deterministic" | "tcg" | "dstack" | "none";
  /** What the quote is really made for. Default: what the form demands. */
  readonly reportData?: Uint8Array;
  /** The key the evidence is about. Default: the leaf's. */
  readonly quotedKey?: LeafKey;
  /** The moment whose minute is quoted. Default: notBefore. */
  readonly quotedMinute?: number;
  readonly gpuEvidence?: Uint8Array;
  /** The GPU evidence that is folded in. Default: the one that is carried. */
  readonly foldedEvidence?: Uint8Array | undefined;
  /** dstack: the event log's extension value, unwrapped. */
  readonly eventLog?: Uint8Array;
  readonly rtmr3?: Uint8Array;
}

/** A leaf with a simulated quote, and what to verify it with: correct around whatever the options change. */
export function attestedLeaf(options: AttestedLeafOptions = {}): LeafInput & { readonly key: LeafKey } {
  const { form = "deterministic", key = createLeafKey(), notBefore = MINUTE, notAfter = notBefore + DAY } = options;
  const { spki } = options.quotedKey ?? key;
  const folded = "foldedEvidence" in options ? options.foldedEvidence : options.gpuEvidence;
  const claims = encodeTcgClaims(spki);
  const demanded = {
    deterministic: () =>
      ratlsReportData({
        spki,
        binding: new TextEncoder().encode(minuteText(options.quotedMinute ?? notBefore)),
        ...(folded === undefined ? {} : { gpuEvidence: folded }),
      }),
    tcg: () => tcgReportData(claims),
    dstack: () => dstackReportData(spki),
    none: () => new Uint8Array(64),
  };
  const rtmr3 = options.rtmr3 === undefined ? {} : { rtmr3: options.rtmr3 };
  const platform = makePlatform({ quote: { body: { reportData: options.reportData ?? demanded[form](), ...rtmr3 } } });
  const { quote } = platform;
  const evidence = {
    deterministic: [
      extension(LEAF_OID.tdxQuote, quote),
      ...(options.gpuEvidence === undefined ? [] : [extension(LEAF_OID.gpuEvidence, options.gpuEvidence)]),
    ],
    tcg: [extension(LEAF_OID.tcgEvidence, encodeTcgEvidence({ quote, claims }))],
    dstack: [
      extension(LEAF_OID.dstackQuote, der.octetString(quote)),
      ...(options.eventLog === undefined
        ? []
        : [extension(LEAF_OID.dstackEventLog, der.octetString(options.eventLog))]),
    ],
    none: [],
  };
  const extensions = [...evidence[form], ...(options.extensions ?? [])];
  const chain = [createLeaf({ ...options, key, notBefore, notAfter, extensions })];
  const { collateral } = platform;
  return { chain, collateral, key, expectedName: "localhost", now: NOW, policy: simulatedPolicy(platform) };
}

/** The default policy with the platform's root, and simulation allowed. */
export function simulatedPolicy({ rootCertificate }: MadePlatform, ...further: Policy["roots"]): Policy {
  const fingerprint = createHash("sha256").update(rootCertificate).digest("hex");
  const root = { kind: "tdx", fingerprint, certificate: rootCertificate, simulated: true } as const;
  return { ...DEFAULT_POLICY, roots: [root, ...further], allowSimulated: true };
}
