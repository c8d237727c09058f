import type { QuoteSource } from "../quote-source.ts";
import type { DstackAgent } from "./dstack-agent.ts";

/** Quotes from a dstack guest agent, with its event log and VM configuration. */
export function dstackQuoteSource(agent: DstackAgent): QuoteSource {
  return {
    kind: "dstack",
    simulated: agent.simulated,
    endpoint: agent.endpoint,
    quote: (reportData, signal) => agent.getQuote(reportData, signal),
  };
}
