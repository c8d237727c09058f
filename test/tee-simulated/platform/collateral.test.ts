import { verify, X509Certificate } from "node:crypto";
import { parsePemCertificates } from "@countersign/client/x509";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Collateral,
  type CollateralServer,
  createPlatformMaterial,
  createSimulatedPlatform,
  startCollateralServer,
} from "../../../src/tee/simulated/platform/index.ts";
import { oracleStatus } from "./oracle.ts";

const DAY = 86_400;
const NOW = Date.UTC(2026, 1, 3, 4, 5, 6) / 1000;
const platform = createSimulatedPlatform(createPlatformMaterial());
const quote = platform.quote({ reportData: new Uint8Array(64) });

function parse(text: string): Collateral {
  return JSON.parse(text);
}

function verifies(text: string, signature: string, chain: string): boolean {
  const [signer, root] = parsePemCertificates(chain, 2).map((der) => new X509Certificate(der));
  if (signer === undefined || root === undefined) return false;
  if (!signer.checkIssued(root) || !signer.verify(root.publicKey)) return false;
  const key = { key: signer.publicKey, dsaEncoding: "ieee-p1363" } as const;
  return verify("sha256", Buffer.from(text, "utf8"), key, Buffer.from(signature, "hex"));
}

describe("collateral", () => {
  it("has exactly the nine fields, signed over their text", () => {
    const collateral = parse(platform.collateral(NOW));
    expect(Object.keys(collateral).toSorted()).toEqual([
      "pck_crl",
      "pck_crl_issuer_chain",
      "qe_identity",
      "qe_identity_issuer_chain",
      "qe_identity_signature",
      "root_ca_crl",
      "tcb_info",
      "tcb_info_issuer_chain",
      "tcb_info_signature",
    ]);
    const { tcb_info, tcb_info_signature, tcb_info_issuer_chain } = collateral;
    expect(verifies(tcb_info, tcb_info_signature, tcb_info_issuer_chain)).toBe(true);
    expect(verifies(`${tcb_info} `, tcb_info_signature, tcb_info_issuer_chain)).toBe(false);
    const { qe_identity, qe_identity_signature, qe_identity_issuer_chain } = collateral;
    expect(verifies(qe_identity, qe_identity_signature, qe_identity_issuer_chain)).toBe(true);
  });

  it("holds the documented values", () => {
    const { tcb_info, qe_identity } = parse(platform.collateral(NOW));
    const sixteen = (...svns: number[]): { svn: number }[] =>
      [...svns, ...Array.from({ length: 16 - svns.length }, () => 0)].map((svn) => ({ svn }));
    expect(JSON.parse(tcb_info)).toMatchObject({
      id: "TDX",
      version: 3,
      issueDate: "2026-02-03T03:05:06Z",
      nextUpdate: "2026-03-05T04:05:06Z",
      fmspc: "5E5E00000000",
      pceId: "0000",
      tcbType: 0,
      tcbEvaluationDataNumber: 17,
      tdxModule: { mrsigner: "00".repeat(48), attributes: "00".repeat(8), attributesMask: "FF".repeat(8) },
      tdxModuleIdentities: [
        {
          id: "TDX_01",
          mrsigner: "00".repeat(48),
          tcbLevels: [
            { tcb: { isvsvn: 4 }, tcbStatus: "UpToDate" },
            { tcb: { isvsvn: 2 }, tcbStatus: "OutOfDate" },
          ],
        },
      ],
      tcbLevels: [
        {
          tcb: {
            sgxtcbcomponents: sixteen(5, 5, 2, 2, 3, 1, 0, 3),
            pcesvn: 11,
            tdxtcbcomponents: sixteen(4, 0, 2),
          },
          tcbDate: "2024-03-13T00:00:00Z",
          tcbStatus: "UpToDate",
        },
        {
          tcb: {
            sgxtcbcomponents: sixteen(4, 4, 2, 2, 2, 1, 0, 3),
            pcesvn: 5,
            tdxtcbcomponents: sixteen(2, 0, 2),
          },
          tcbStatus: "OutOfDate",
          advisoryIDs: ["SIM-SA-00001"],
        },
      ],
    });
    expect(JSON.parse(qe_identity)).toMatchObject({
      id: "TD_QE",
      version: 2,
      tcbEvaluationDataNumber: 17,
      miscselect: "00000000",
      miscselectMask: "FFFFFFFF",
      attributes: "11000000000000000000000000000000",
      attributesMask: "FBFFFFFFFFFFFFFF0000000000000000",
      mrsigner: "DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5",
      isvprodid: 2,
    });
  });

  it("stays the same until less than 15 days remain, and is new then", () => {
    const own = createSimulatedPlatform(createPlatformMaterial());
    const first = own.collateral(NOW);
    expect(own.collateral(NOW + 15 * DAY)).toBe(first);
    const second = own.collateral(NOW + 15 * DAY + 1);
    expect(second).not.toBe(first);
    const late = own.quote({ reportData: new Uint8Array(64) });
    expect(oracleStatus(late, second, NOW + 44 * DAY, own.rootCertificate).status).toBe("UpToDate");
    expect(() => oracleStatus(late, first, NOW + 44 * DAY, own.rootCertificate)).toThrow("expired");
  });

  it("is new when the clock was set back before its issue", () => {
    const own = createSimulatedPlatform(createPlatformMaterial());
    const first = own.collateral(NOW);
    expect(own.collateral(NOW - 3600)).toBe(first);
    expect(own.collateral(NOW - 3601)).not.toBe(first);
  });

  it("is not made for a moment that is none", () => {
    expect(() => platform.collateral(Number.NaN)).toThrow(RangeError);
  });
});

describe("the collateral server", () => {
  let server: CollateralServer;
  beforeAll(async () => {
    server = await startCollateralServer(platform, { now: () => NOW });
  });
  afterAll(() => server.close());

  const get = (path: string, init?: RequestInit): Promise<Response> => fetch(server.url + path, init);
  const header = (response: Response, name: string): string => decodeURIComponent(response.headers.get(name) ?? "");

  it("serves what adds up to the container, and to an accepted quote", async () => {
    const crl = await get("/sgx/certification/v4/pckcrl?ca=platform&encoding=der");
    const rootCrl = await get("/sgx/certification/v4/rootcacrl");
    const rootCrlDer = await get("/IntelSGXRootCA.der");
    const tcb = await get(`/tdx/certification/v4/tcb?fmspc=${platform.fmspc}`);
    const identity = await get("/tdx/certification/v4/qe/identity?update=standard");
    const hexOf = async (response: Response): Promise<string> =>
      Buffer.from(await response.arrayBuffer()).toString("hex");
    const root_ca_crl = await rootCrl.text();
    expect(await hexOf(rootCrlDer)).toBe(root_ca_crl);
    // The signature is over the text as it stands in the body, so it is cut out and not parsed.
    const cut = async (response: Response, name: string): Promise<{ text: string; signature: string }> => {
      const match = /^\{"(\w+)":(.*),"signature":"([0-9a-f]{128})"\}$/.exec(await response.text());
      expect(match?.[1]).toBe(name);
      return { text: match?.[2] ?? "", signature: match?.[3] ?? "" };
    };
    const info = await cut(tcb, "tcbInfo");
    const qe = await cut(identity, "enclaveIdentity");
    const collateral: Collateral = {
      pck_crl_issuer_chain: header(crl, "sgx-pck-crl-issuer-chain"),
      root_ca_crl,
      pck_crl: await hexOf(crl),
      tcb_info_issuer_chain: header(tcb, "tcb-info-issuer-chain"),
      tcb_info: info.text,
      tcb_info_signature: info.signature,
      qe_identity_issuer_chain: header(identity, "sgx-enclave-identity-issuer-chain"),
      qe_identity: qe.text,
      qe_identity_signature: qe.signature,
    };
    expect(collateral).toEqual(parse(platform.collateral(NOW)));
    const text = JSON.stringify(collateral);
    expect(oracleStatus(quote, text, NOW, platform.rootCertificate).status).toBe("UpToDate");
  });

  it.each([
    ["/", 404],
    ["/sgx/certification/v4/tcb?fmspc=5e5e00000000", 404],
    ["/tdx/certification/v4/tcb?fmspc=000000000000", 404],
    ["/tdx/certification/v4/tcb", 404],
    ["/sgx/certification/v4/pckcrl?ca=processor&encoding=der", 404],
    ["/sgx/certification/v4/pckcrl?ca=platform", 400],
    ["//", 400],
  ])("answers %s with %i", async (path, status) => {
    expect((await get(path)).status).toBe(status);
  });

  it("reads no body", async () => {
    const response = await get("/sgx/certification/v4/rootcacrl", { method: "POST", body: "x" });
    expect(response.status).toBe(405);
  });

  it("says so when its port is taken", async () => {
    const port = Number(new URL(server.url).port);
    await expect(startCollateralServer(platform, { port })).rejects.toThrow(/tee\.unreachable.*cannot listen/);
  });
});
