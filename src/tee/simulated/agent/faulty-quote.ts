import type { AgentFault } from "./agent-fault.ts";
import type { QuoteMaker } from "./machine.ts";

/** The quote maker with the fault in its quotes, if it is one of those. */
export function faultyQuotes(quoteMaker: QuoteMaker, fault: AgentFault | undefined): QuoteMaker {
  switch (fault?.kind) {
    case "wrong-report-data":
      return ({ reportData, ...input }) => {
        const other = new Uint8Array(reportData);
        other[63] = (other[63] ?? 0) ^ 0x01;
        return quoteMaker({ ...input, reportData: other });
      };
    case "truncated-quote":
      return (input) => {
        const quote = quoteMaker(input);
        return quote.subarray(0, Math.floor(quote.length / 2));
      };
    default:
      return quoteMaker;
  }
}
