/** Bodies as Intel's quote format lays them out: where report_data stands in the whole quote, and the least length. */
const LAYOUT = {
  "v4 TD 1.0": { version: 4, descriptor: undefined, reportData: 568, length: 632 },
  "v5 TD 1.0": { version: 5, descriptor: { type: 2, size: 584 }, reportData: 574, length: 638 },
  "v5 TD 1.5": { version: 5, descriptor: { type: 3, size: 648 }, reportData: 574, length: 702 },
} as const;

export type QuoteLayout = keyof typeof LAYOUT;

/** Header and body with this report_data, every other byte 0xee. No signature: for what is read before any is verified. */
export function unsignedQuote(reportData: Uint8Array, layout: QuoteLayout = "v4 TD 1.0"): Uint8Array {
  const { version, descriptor, reportData: offset, length } = LAYOUT[layout];
  const quote = new Uint8Array(length + 100).fill(0xee);
  const view = new DataView(quote.buffer);
  view.setUint16(0, version, true);
  view.setUint32(4, 0x81, true);
  if (descriptor !== undefined) {
    view.setUint16(48, descriptor.type, true);
    view.setUint32(50, descriptor.size, true);
  }
  quote.set(reportData, offset);
  return quote;
}

/** 64 different bytes. */
export const REPORT_DATA: Uint8Array = Uint8Array.from({ length: 64 }, (_, index) => index + 1);

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
