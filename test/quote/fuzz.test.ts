import { CheckFailure } from "@countersign/client/verdict";
import { describe, expect, test } from "vitest";
import { TARGETS } from "../../tools/fuzz/registry.ts";
import { runTarget } from "../../tools/fuzz/run-target.ts";
import { parser, verifier } from "../../tools/fuzz/target.ts";

/** A small part of what `node tools/fuzz.ts` does; changed with intent, so that a run can be repeated. */
const SEED = 20_260_203;

describe("broken input is refused without a crash:", () => {
  test.each(TARGETS.filter(({ exhaustive }) => !exhaustive))("$name", async (target) => {
    const count = target.name.endsWith("-verification") ? 150 : 600;
    const { inputs, accepted, fault } = await runTarget(target, count, SEED);
    expect(fault && { ...fault, input: Buffer.from(fault.input).toString("base64") }).toBeUndefined();
    expect(inputs).toBe(count);
    // Most of it was broken indeed.
    expect(accepted).toBeLessThan(count / 2);
  });
});

describe("a run finds", () => {
  const seeds = () => [Uint8Array.from({ length: 40 }, (_, index) => index)];

  test("an error that is no refusal", async () => {
    const faulty = parser("faulty", seeds, (input) => input.length < 40 && JSON.parse("{"), CheckFailure);
    const { fault } = await runTarget(faulty, 100, SEED);
    expect(fault?.message).toContain("SyntaxError");
    expect(fault?.input.length).toBeLessThan(40);
  });

  test("an acceptance of what means something else, and none of what means the same", async () => {
    const [careless, everyBit] = verifier("careless", {
      seeds,
      verify: async (input) => input.length === 40,
      // The first byte means nothing.
      meaning: (input) => input.slice(1).join(),
    });
    expect((await runTarget(careless ?? faultless, 1000, SEED)).fault?.message).toContain("nobody made");
    const exhaustive = await runTarget(everyBit ?? faultless, 0, SEED);
    // The eight bits of the first byte pass.
    expect(exhaustive).toMatchObject({ inputs: 9, accepted: 8 });
    expect(exhaustive.fault?.input[1]).toBe(0);
  });

  const faultless = parser("faultless", seeds, () => true);
});
