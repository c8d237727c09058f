import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Collateral } from "../../../src/tee/simulated/platform/index.ts";
import {
  ACCEPTED,
  CHAIN_FAULTS,
  COLLATERAL_FAULTS,
  DOCUMENT_FAULTS,
  type FaultRow,
  lengthFields,
  makePlatform,
  QUOTE_FAULTS,
  STATUS_ROWS,
  wrongLengths,
} from "../../support/simulated-platform/index.ts";
import { oracleStatus } from "./oracle.ts";

function oracleAccepts(options: FaultRow["options"]): boolean {
  const { quote, collateral, now, rootCertificate } = makePlatform(options);
  try {
    oracleStatus(quote, collateral, now, rootCertificate);
    return true;
  } catch {
    return false;
  }
}

const named = (prefix: string, names: readonly string[]): string[] => names.map((name) => `${prefix}: ${name}`);

/**
 * Faults that the other library does not see: the known gaps of version 0.3.9. That it accepts them shows that
 * everything around the fault is as it should be.
 */
const UNSEEN: ReadonlySet<string> = new Set([
  "foreign QE vendor",
  "outer certification type 7",
  "outer certification type 5",
  "trailing junk",
  "xfam bit outside the mask",
  "xfam without SSE",
  "module signed by somebody else",
  "module attributes",
  "module version without identity",
  "QE outdated",
  "tail of the QE's report data",
  "PCK CA without CA flag",
  "PCK CA without certificate signing",
  "root whose path length is exceeded",
  "PCK in the role of TCB signing",
  "PCK CA of unknown role",
  "PCK CA with an unknown critical extension",
  "no root",
  "fourth certificate",
  "TCB signing of another role",
  ...["TCB info", "enclave identity"].flatMap((document) =>
    named(document, ["unreadable date", "signed by PCK", "signed in another role", "third certificate"]),
  ),
  "TCB info: wrong version",
  "TCB info: other pceId",
  "TCB info: module identity absent",
  ...["root CRL", "PCK CRL"].flatMap((list) =>
    named(list, [
      "empty",
      "garbage",
      "trailing byte",
      "foreign key",
      "other issuer",
      "expired",
      "future",
      "no next update",
      "unknown critical extension",
      "delta",
      "indirect",
    ]),
  ),
  "CRLs in each other's place",
  "PCK CRL issuer chain of the TCB signing certificate",
  "no PCK CRL issuer chain",
  "PCK components below every level under a high raw CPUSVN",
]);

describe("the fault factory", () => {
  const rows = [...QUOTE_FAULTS, ...CHAIN_FAULTS, ...COLLATERAL_FAULTS];

  it("names every row once, and no unseen fault that is none", () => {
    const names = rows.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect([...UNSEEN].filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each(rows)("$name: another library sees it, or is known not to", ({ name, options }) => {
    expect(oracleAccepts(options)).toBe(UNSEEN.has(name));
  });

  it.each(ACCEPTED)("$name: another library accepts it", ({ name, options }) => {
    // It takes the length of the authentication data for granted.
    expect(oracleAccepts(options)).toBe(!name.includes("authentication data"));
  });

  it.each(STATUS_ROWS)("has a platform that is $platform, with a quoting enclave that is $qe", (status) => {
    const { quote, collateral, now, rootCertificate } = makePlatform({ status });
    const { tcb_info }: Collateral = JSON.parse(collateral);
    expect(JSON.parse(tcb_info)).toMatchObject({
      tcbLevels: [{ tcbStatus: status.platform }, { tcbStatus: "OutOfDate" }],
      tdxModuleIdentities: [{ tcbLevels: [{ tcbStatus: status.module }, { tcbStatus: "OutOfDate" }] }],
    });
    // It does not look at modules, and merges to the more severe one.
    if (status.module !== "UpToDate") return;
    const oracle = () => oracleStatus(quote, collateral, now, rootCertificate).status;
    if (status.merged === "Revoked") expect(oracle).toThrow("Revoked");
    else expect([status.merged, status.qe]).toContain(oracle());
  });
});

describe("around a fault every signature is good", () => {
  it.each(QUOTE_FAULTS.filter(({ options: { tamper, quoteKeys } }) => tamper === undefined && quoteKeys === undefined))(
    "$name: the report of the quoting enclave",
    ({ options }) => {
      const { quote, material } = makePlatform(options);
      const signed =
        { ...options.quote }.format === "v5-td15" ? 702 : { ...options.quote }.format === "v5-td10" ? 638 : 632;
      const report = quote.subarray(signed + 4 + 134, signed + 4 + 518);
      const signature = quote.subarray(signed + 4 + 518, signed + 4 + 582);
      const key = { key: createPublicKey(material.pck.privateKey), dsaEncoding: "ieee-p1363" } as const;
      expect(verify("sha256", report, key, signature)).toBe(true);
    },
  );

  it.each(CHAIN_FAULTS)("$name: the certificates", ({ options }) => {
    const { root, pckCa, pck, tcbSigning } = makePlatform(options).material;
    for (const [subject, issuer] of [
      [root, root],
      [pckCa, root],
      [pck, pckCa],
      [tcbSigning, root],
    ] as const) {
      const authority = new X509Certificate(issuer.certificate);
      expect(new X509Certificate(subject.certificate).verify(authority.publicKey)).toBe(true);
    }
  });

  it.each(DOCUMENT_FAULTS)("TCB info that is %s: the text", (fault) => {
    const collateral: Collateral = JSON.parse(makePlatform({ tcbInfoFault: fault }).collateral);
    const signer = new X509Certificate(collateral.tcb_info_issuer_chain).publicKey;
    const good = verify(
      "sha256",
      Buffer.from(collateral.tcb_info),
      { key: signer, dsaEncoding: "ieee-p1363" },
      Buffer.from(collateral.tcb_info_signature, "hex"),
    );
    expect(good).toBe(!["edited", "written again", "foreign key"].includes(fault));
  });
});

describe("lengths", () => {
  it.each(["v4", "v5-td10", "v5-td15"] as const)("are found in a quote of format %s", (format) => {
    const { quote, now, rootCertificate, collateral } = makePlatform({ quote: { format } });
    const fields = lengthFields(quote);
    expect(fields).toHaveLength(format === "v4" ? 4 : 5);
    const last = fields.at(-1);
    if (last === undefined) throw new Error("no length");
    expect(Buffer.from(quote).readUInt32LE(last.offset)).toBe(quote.length - last.offset - 4);
    expect(wrongLengths(quote, last)).toHaveLength(4);
    for (const wrong of wrongLengths(quote, last)) {
      expect(wrong).not.toEqual(quote);
      expect(wrong).toHaveLength(quote.length);
    }
    const [largest] = wrongLengths(quote, last).slice(-1);
    expect(() => oracleStatus(largest ?? quote, collateral, now, rootCertificate)).toThrow();
  });
});
