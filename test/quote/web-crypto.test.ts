import { DEFAULT_POLICY } from "@countersign/client/policy";
import { quoteVerdict } from "@countersign/client/quote";
import { describe, expect, test, vi } from "vitest";
import { ACCEPTED, makePlatform, QUOTE_FAULTS } from "../support/simulated-platform/index.ts";
import { current, type GenuineCase } from "./support/genuine.ts";
import { failed, judgeMade } from "./support/verify-made.ts";

const imports = vi.hoisted(() => ({ web: 0 }));

// What a browser gets: the other provider behind the same import.
vi.mock("../../clients/typescript/src/crypto/node-crypto.ts", async () => {
  imports.web += 1;
  return import("../../clients/typescript/src/crypto/web-crypto.ts");
});

test("these tests run on WebCrypto", async () => {
  const { crypto } = await import("@countersign/client/crypto");
  const web = await import("../../clients/typescript/src/crypto/web-crypto.ts");
  expect(crypto).toBe(web.crypto);
  expect(imports.web).toBe(1);
});

describe("on WebCrypto, a simulated platform is accepted:", () => {
  test.each(ACCEPTED)("$name", async ({ options }) => {
    expect((await judgeMade(makePlatform(options))).result).toBe("accepted");
  });
});

describe("on WebCrypto, a fault of the quote is refused:", () => {
  test.each(QUOTE_FAULTS)("$name", async ({ options, checks }) => {
    expect(checks).toContain(failed(await judgeMade(makePlatform(options)))[0]);
  });
});

test.runIf(current)("on WebCrypto, a genuine quote is accepted, and refused with any signature broken", async () => {
  const sample = current as GenuineCase;
  expect((await quoteVerdict({ ...sample, policy: DEFAULT_POLICY })).result).toBe("accepted");
  // The quote's signature, its key, and the signature of the quoting enclave's report.
  for (const [offset, id] of [
    [636, "quote.signature"],
    [636 + 64, "quote.ak_binding"],
    [636 + 518, "quote.qe_report"],
  ] as const) {
    const quote = sample.quote.slice();
    quote[offset] = (quote[offset] ?? 0) ^ 1;
    expect(failed(await quoteVerdict({ ...sample, quote, policy: DEFAULT_POLICY }))).toEqual([id]);
  }
});
