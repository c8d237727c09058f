import { certificatePem } from "@countersign/client/x509";
import { describe, expect, it } from "vitest";
import {
  type CollateralContainer,
  fixedCollateralSource,
  type PcsOptions,
  pckIdentity,
  pcsCollateralSource,
} from "../../src/tee/index.ts";
import {
  createPlatformMaterial,
  createSimulatedPlatform,
  startCollateralServer,
} from "../../src/tee/simulated/platform/index.ts";
import { sharedFile, sharedVectors } from "../support/shared-vectors.ts";
import { PATHS, type PcsAnswers, pccsAnswers, scriptedPcs } from "./scripted-pcs.ts";

const NOW = Date.UTC(2026, 0, 1);
const DAY = 24 * 60 * 60 * 1000;

const platform = createSimulatedPlatform(createPlatformMaterial());
const quote = platform.quote({ reportData: new Uint8Array(64) });
const collateral = JSON.parse(platform.collateral(NOW / 1000)) as CollateralContainer;
const answers = pccsAnswers(collateral);

const sourceAt = (baseUrl: string, options: PcsOptions = {}) =>
  pcsCollateralSource({ baseUrl, now: () => NOW, ...options });

describe("collateral of a genuine quote", () => {
  const genuine = sharedFile("tdx/tdx_quote") ?? new Uint8Array();
  const captured = sharedVectors<CollateralContainer>("tdx/tdx_quote_collateral.json");

  it.skipIf(captured === undefined)("comes from a cache exactly as it was captured", async () => {
    if (captured === undefined) return;
    const { url, requests } = await scriptedPcs(pccsAnswers(captured));
    // Inside the window of this collateral, and outside it by a second: the PCK CRL is the first to end.
    const inside = sourceAt(url, { now: () => 1_752_919_234_000 });
    expect(JSON.parse(await inside.collateral(genuine))).toEqual(captured);
    expect([...requests].sort()).toEqual([
      "/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
      "/sgx/certification/v4/rootcacrl",
      "/tdx/certification/v4/qe/identity?update=standard",
      "/tdx/certification/v4/tcb?fmspc=B0C06F000000",
    ]);
    const outside = sourceAt(url, { now: () => 1_752_919_236_000 });
    await expect(outside.collateral(genuine)).rejects.toThrow(
      "[tee.malformed] collateral service: what it offers is out",
    );
  });

  it.skipIf(captured === undefined)("is asked for by the platform in the quote's certificate", () => {
    expect(pckIdentity(genuine)).toEqual({ fmspc: "B0C06F000000", authority: "platform" });
    const outdated = sharedFile("tdx/tdx_quote_outdated") ?? new Uint8Array();
    expect(pckIdentity(outdated)).toEqual({ fmspc: "90C06F000000", authority: "platform" });
  });

  it("is not asked for where there is no quote", () => {
    expect(() => pckIdentity(new Uint8Array(5000))).toThrow("[tee.malformed]");
    expect(() => pckIdentity(quote.subarray(0, -1))).toThrow("[tee.malformed]");
  });
});

describe("fetching", () => {
  it("works with the simulated service, root CRL from either place", async () => {
    const server = await startCollateralServer(platform, { now: () => NOW / 1000 });
    try {
      const der = { url: `${server.url}/IntelSGXRootCA.der`, form: "der" } as const;
      for (const options of [{}, { rootCrl: der }]) {
        expect(JSON.parse(await sourceAt(server.url, options).collateral(quote))).toEqual(collateral);
      }
    } finally {
      await server.close();
    }
  });

  it("keeps the signed texts as they stood, spaces, order and escapes included", async () => {
    const odd = `{ "b" : "\\u00e9\\/", "nextUpdate":"2026-01-31T00:00:00Z" , "id": 1.0e0, "fmspc":"5e5e00000000", "a":[ ] }`;
    const { url } = await scriptedPcs({
      ...answers,
      [PATHS.tcb]: {
        headers: { "SGX-TCB-Info-Issuer-Chain": encodeURIComponent(collateral.tcb_info_issuer_chain) },
        body: `\n{ "signature" : "${"AB".repeat(64)}" ,\n "more": {"tcbInfo": 1}, "tcbInfo" :  ${odd}  }\n`,
      },
    });
    const got = JSON.parse(await sourceAt(url).collateral(quote)) as CollateralContainer;
    expect(got.tcb_info).toBe(odd);
    expect(got.tcb_info_signature).toBe("ab".repeat(64));
  });

  const tcbInfo = collateral.tcb_info;
  const chain = answers[PATHS.tcb]?.headers ?? {};
  const signature = collateral.tcb_info_signature;
  it.each<[string, PcsAnswers, string]>([
    ["a missing part", { [PATHS.qe]: { body: "", status: 404 } }, "tee.refused"],
    ["a failing part", { [PATHS.rootCrl]: { body: "", status: 500 } }, "tee.refused"],
    ["a redirect", { [PATHS.tcb]: { body: "", status: 302, headers: { Location: PATHS.qe } } }, "tee.refused"],
    ["a root CRL that is not hex", { [PATHS.rootCrl]: { body: "zz" } }, "tee.malformed"],
    ["a root CRL of nothing", { [PATHS.rootCrl]: { body: "" } }, "tee.malformed"],
    ["a root CRL cut short", { [PATHS.rootCrl]: { body: collateral.root_ca_crl.slice(0, -2) } }, "tee.malformed"],
    ["a PCK CRL in hex", { [PATHS.pckCrl]: { ...answers[PATHS.pckCrl], body: collateral.pck_crl } }, "tee.malformed"],
    ["no issuer chain", { [PATHS.pckCrl]: { body: Buffer.from(collateral.pck_crl, "hex") } }, "tee.malformed"],
    [
      "an issuer chain of one certificate",
      {
        [PATHS.tcb]: {
          headers: { "TCB-Info-Issuer-Chain": encodeURIComponent(certificatePem(platform.rootCertificate)) },
          body: answers[PATHS.tcb]?.body ?? "",
        },
      },
      "tee.malformed",
    ],
    [
      "an issuer chain that is no URL encoding",
      { [PATHS.tcb]: { headers: { "TCB-Info-Issuer-Chain": "%zz" }, body: answers[PATHS.tcb]?.body ?? "" } },
      "tee.malformed",
    ],
    ["no JSON", { [PATHS.tcb]: { headers: chain, body: "<html>" } }, "tee.malformed"],
    ["no signature", { [PATHS.tcb]: { headers: chain, body: `{"tcbInfo":${tcbInfo}}` } }, "tee.malformed"],
    [
      "a short signature",
      { [PATHS.tcb]: { headers: chain, body: `{"tcbInfo":${tcbInfo},"signature":"00"}` } },
      "tee.malformed",
    ],
    [
      "two objects",
      { [PATHS.tcb]: { headers: chain, body: `{"tcbInfo":${tcbInfo},"tcbInfo":{},"signature":"${signature}"}` } },
      "tee.malformed",
    ],
    [
      "an object as text",
      { [PATHS.tcb]: { headers: chain, body: `{"tcbInfo":${JSON.stringify(tcbInfo)},"signature":"${signature}"}` } },
      "tee.malformed",
    ],
    [
      "no date",
      {
        [PATHS.tcb]: {
          headers: chain,
          body: `{"tcbInfo":${tcbInfo.replace("nextUpdate", "lastUpdate")},"signature":"${signature}"}`,
        },
      },
      "tee.malformed",
    ],
    [
      "another platform",
      {
        [PATHS.tcb]: {
          headers: chain,
          body: `{"tcbInfo":${tcbInfo.replace("5E5E", "5E5F")},"signature":"${signature}"}`,
        },
      },
      "tee.mismatch",
    ],
    ["more than a megabyte", { [PATHS.rootCrl]: { body: "00".repeat(600_000) } }, "tee.malformed"],
  ])("ends at %s", async (_name, changes, code) => {
    const { url } = await scriptedPcs({ ...answers, ...changes });
    await expect(sourceAt(url).collateral(quote)).rejects.toMatchObject({ name: "TeeError", code });
  });

  it("follows no redirect", async () => {
    const other = await scriptedPcs(answers);
    const { url } = await scriptedPcs((request, response) => {
      response.writeHead(307, { Location: `${other.url}${request.url}` }).end();
    });
    await expect(sourceAt(url).collateral(quote)).rejects.toMatchObject({ code: "tee.refused" });
    expect(other.requests).toEqual([]);
  });

  it("times out with a service that hangs, and is unreachable where none is", async () => {
    const { url } = await scriptedPcs(() => undefined);
    await expect(sourceAt(url, { timeoutMs: 60 }).collateral(quote)).rejects.toMatchObject({ code: "tee.timeout" });
    const broken = await scriptedPcs((_request, response) => response.destroy());
    await expect(sourceAt(broken.url).collateral(quote)).rejects.toMatchObject({ code: "tee.unreachable" });
  });

  it.each([
    "http://pccs.example",
    "http://127.0.0.1.example",
    "ftp://127.0.0.1",
    "https://user:pass@pccs.example",
    "https://pccs.example/?a",
    "pccs.example",
    "",
  ])("is not begun at %j", (baseUrl) => {
    expect(() => pcsCollateralSource({ baseUrl })).toThrow("[tee.unsupported]");
    expect(() => pcsCollateralSource({ rootCrl: { url: baseUrl, form: "der" } })).toThrow("[tee.unsupported]");
  });
});

describe("keeping", () => {
  it("serves one fetch to all who ask at once, and later", async () => {
    const { url, requests } = await scriptedPcs(answers);
    const source = sourceAt(url);
    const texts = await Promise.all(Array.from({ length: 8 }, () => source.collateral(quote)));
    texts.push(await source.collateral(quote));
    expect(new Set(texts).size).toBe(1);
    expect(requests).toHaveLength(4);
  });

  it("does not end the fetch of others when one caller gives up", async () => {
    const caller = new AbortController();
    const { url, requests } = await scriptedPcs((request, response) => {
      caller.abort();
      const answer = answers[request.url?.split("?")[0] ?? ""];
      response.writeHead(200, answer?.headers).end(answer?.body);
    });
    const source = sourceAt(url);
    const gone = source.collateral(quote, caller.signal);
    const stays = source.collateral(quote);
    await expect(gone).rejects.toMatchObject({ code: "tee.cancelled" });
    expect(JSON.parse(await stays)).toEqual(collateral);
    expect(requests).toHaveLength(4);
  });

  it("fetches anew after a day, in the background, and keeps what it has when that fails", async () => {
    let time = NOW;
    const served: PcsAnswers = { ...answers };
    const { url, requests } = await scriptedPcs(served);
    const source = sourceAt(url, { now: () => time });
    const first = await source.collateral(quote);
    time = NOW + DAY - 1;
    await source.collateral(quote);
    expect(requests).toHaveLength(4);

    served[PATHS.tcb] = { body: "", status: 503 };
    time = NOW + DAY;
    expect(await source.collateral(quote)).toBe(first);
    await expect.poll(() => requests.length).toBe(8);
    // The failure is noted, and the service is left alone for a second.
    await new Promise(setImmediate);
    time += 999;
    expect(await source.collateral(quote)).toBe(first);
    expect(requests).toHaveLength(8);

    const next = JSON.parse(platform.collateral(NOW / 1000 + 20 * 24 * 3600)) as CollateralContainer;
    Object.assign(served, pccsAnswers(next));
    time += DAY;
    await source.collateral(quote);
    await expect.poll(() => source.collateral(quote).then((text) => JSON.parse(text))).toEqual(next);
    expect(requests).toHaveLength(12);
  });

  it("serves nothing that has run out", async () => {
    let time = NOW;
    const served: PcsAnswers = { ...answers };
    const { url } = await scriptedPcs(served);
    const source = sourceAt(url, { now: () => time });
    await source.collateral(quote);
    served[PATHS.tcb] = { body: "", status: 503 };
    time = NOW + 31 * DAY;
    await expect(source.collateral(quote)).rejects.toMatchObject({ code: "tee.refused" });
  });

  it("leaves a service that fails alone for longer each time", async () => {
    let time = NOW;
    const { url, requests } = await scriptedPcs({ ...answers, [PATHS.tcb]: { body: "", status: 503 } });
    const source = sourceAt(url, { now: () => time });
    const asked: number[] = [];
    for (const later of [0, 999, 1, 1999, 1, 3999, 1]) {
      time += later;
      await expect(source.collateral(quote)).rejects.toMatchObject({ code: "tee.refused" });
      asked.push(requests.filter((path) => path.startsWith(PATHS.tcb)).length);
    }
    expect(asked).toEqual([1, 1, 2, 2, 3, 3, 4]);
  });
});

describe("collateral from a file", () => {
  const text = ` ${JSON.stringify(collateral)}\n`;

  it("is handed out as it is", async () => {
    expect(await fixedCollateralSource(text).collateral(quote)).toBe(text);
  });

  it.each([
    ["no JSON", "{"],
    ["null", "null"],
    ["a list", "[]"],
    ["eight fields", JSON.stringify({ ...collateral, qe_identity: undefined })],
    ["a field that is an object", JSON.stringify({ ...collateral, tcb_info: {} })],
    ["an empty field", JSON.stringify({ ...collateral, pck_crl: "" })],
  ])("is refused with %s", (_name, broken) => {
    expect(() => fixedCollateralSource(broken)).toThrow("[tee.malformed] the collateral file");
  });
});
