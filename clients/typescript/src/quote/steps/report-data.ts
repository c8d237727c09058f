import { equalBytes } from "../../transcript/equal-bytes.ts";
import { CheckFailure, type Checks } from "../../verdict/index.ts";
import type { Proof, Prove } from "../proof.ts";
import type { TdReport } from "../td-report.ts";

const ID = "quote.report_data";

/** All 64 bytes are the expected ones; skipped if nothing is expected. */
export async function judgeReportData(
  checks: Checks,
  prove: Prove,
  body: Proof<TdReport>,
  expected: Uint8Array | undefined,
): Promise<void> {
  if (expected === undefined) {
    checks.skip(ID, "nothing was given to compare it with", { required: false });
    return;
  }
  await prove(ID, { body }, ({ body: { reportData } }) => {
    if (!equalBytes(reportData, expected)) {
      throw new CheckFailure("the quote was made for other report data", "request a quote for the expected 64 bytes");
    }
    return { value: true, cause: "all 64 bytes are the expected ones" };
  });
}
