import { expect, it, vi } from "vitest";
import { GPU_TARGETS } from "../../tools/fuzz/gpu-targets.ts";
import { runTarget } from "../../tools/fuzz/run-target.ts";

// That nothing crashes is tested with all other parsers. Beneath this one are libraries that like to print.
it("broken reference documents leave the console alone", async () => {
  const target = GPU_TARGETS.find(({ name }) => name === "reference-document-verification");
  if (target === undefined) throw new Error("there is no such target");
  const words = ["log", "warn", "error"] as const;
  const spies = words.map((word) => vi.spyOn(console, word).mockImplementation(() => {}));
  const { accepted, fault } = await runTarget(target, 300, 20_260_203);
  expect(fault).toBeUndefined();
  // White space between attributes may change; more does not pass.
  expect(accepted).toBeGreaterThan(0);
  for (const spy of spies) {
    expect(spy).not.toHaveBeenCalled();
    spy.mockRestore();
  }
});
