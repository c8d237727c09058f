import { parseQuote } from "@countersign/client/quote";
import { current, dstack, type GenuineCase, outdated } from "../../test/quote/support/genuine.ts";
import { makePlatform } from "../../test/support/simulated-platform/index.ts";

/** Values that are made when they are first needed, and then kept. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const hex = (text: string | undefined): Uint8Array => new Uint8Array(Buffer.from(text ?? "", "hex"));

/** Genuine samples, where they are. */
const GENUINE = [current, outdated, dstack].filter((sample): sample is GenuineCase => sample !== undefined);

export const quotes = once(() => [
  makePlatform().quote,
  makePlatform({ quote: { format: "v5-td10" } }).quote,
  makePlatform({ quote: { format: "v5-td15", trailer: new Uint8Array(70) } }).quote,
  ...GENUINE.map(({ quote }) => quote),
]);

export const collaterals = once(() => [makePlatform().collateral, ...GENUINE.map(({ collateral }) => collateral)]);

const members = (text: string) => JSON.parse(text) as Readonly<Record<string, string>>;

export const certificates = once(() => quotes().flatMap((quote) => parseQuote(quote).signatureData.certificates));

export const revocationLists = once(() => {
  const listing = makePlatform({ revoked: ["pck", "pckCa"] }).collateral;
  return [listing, ...collaterals()]
    .map(members)
    .flatMap(({ root_ca_crl, pck_crl }) => [hex(root_ca_crl), hex(pck_crl)]);
});

export const chains = once(() => collaterals().map((text) => members(text)["tcb_info_issuer_chain"] ?? ""));
