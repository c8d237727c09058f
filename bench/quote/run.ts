/**
 * How long the verification of one quote with its collateral takes, beside the foreign library:
 *
 *     node bench/quote/run.ts [rounds]
 *
 * The two take turns, so that both see the same machine. Wall time is the median of single verifications; CPU time is
 * the mean over a round, in the median of the rounds, and is the figure to go by on a busy machine.
 */
import { pathToFileURL } from "node:url";
import { DEFAULT_POLICY } from "@countersign/client/policy";
import { quoteVerdict } from "@countersign/client/quote";
import { current } from "../../test/quote/support/genuine.ts";
import { askOracle } from "../../test/quote/support/oracle.ts";
import { policyFor } from "../../test/quote/support/verify-made.ts";
import { makePlatform } from "../../test/support/simulated-platform/index.ts";
import { summarise } from "../runner/statistics.ts";

/** One verifier on one quote. Milliseconds per verification. */
export interface QuoteMeasurement {
  readonly name: string;
  /** Median of the wall time. */
  readonly wallMs: number;
  /** Process CPU time. */
  readonly cpuMs: number;
}

interface Contender {
  readonly name: string;
  /** Whether the quote was accepted: a fast refusal would be no figure. */
  readonly verify: () => boolean | Promise<boolean>;
}

/** Verifications of one contender before the next has its turn. */
const PER_ROUND = 20;
/** Rounds that only warm up. */
const WARM_UP = 10;
/** Target of the median verification of a genuine quote, parsing of quote and collateral included. Milliseconds. */
const TARGET_MS = 2.5;

function contenders(): Contender[] {
  const made = makePlatform();
  const simulated = { ...made, policy: policyFor(made) };
  const accepted = async (input: Parameters<typeof quoteVerdict>[0]) =>
    (await quoteVerdict(input)).result === "accepted";
  const onSimulated: Contender[] = [
    { name: "Countersign, simulated quote", verify: () => accepted(simulated) },
    {
      name: "dcap-qvl, simulated quote",
      verify: () => askOracle(made.quote, made.collateral, made.now, made.rootCertificate).accepted,
    },
  ];
  if (current === undefined) return onSimulated;
  const { quote, collateral, now } = current;
  return [
    { name: "Countersign, genuine quote", verify: () => accepted({ quote, collateral, now, policy: DEFAULT_POLICY }) },
    { name: "dcap-qvl, genuine quote", verify: () => askOracle(quote, collateral, now).accepted },
    ...onSimulated,
  ];
}

/**
 * Measures, interleaved. Genuine quotes only where the samples are.
 *
 * @param rounds of 20 verifications for each contender
 * @throws Error if a contender does not accept its quote
 */
export async function benchQuotes(rounds = 30): Promise<QuoteMeasurement[]> {
  const samples = contenders().map((contender) => ({ ...contender, walls: [] as number[], cpus: [] as number[] }));
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const { name, verify, walls, cpus } of samples) {
      const cpuBefore = process.cpuUsage();
      const wallsOfRound: number[] = [];
      for (let index = 0; index < PER_ROUND; index++) {
        const startedAt = performance.now();
        if (!(await verify())) throw new Error(`${name}: not accepted`);
        wallsOfRound.push(performance.now() - startedAt);
      }
      const { user, system } = process.cpuUsage(cpuBefore);
      if (round < 0) continue;
      walls.push(...wallsOfRound);
      cpus.push((user + system) / 1000 / PER_ROUND);
    }
  }
  return samples.map(({ name, walls, cpus }) => ({
    name,
    wallMs: summarise(walls)?.median ?? Number.NaN,
    cpuMs: summarise(cpus)?.median ?? Number.NaN,
  }));
}

function table(measurements: readonly QuoteMeasurement[]): string {
  const rows = measurements.map(
    ({ name, wallMs, cpuMs }) => `| ${name} | ${wallMs.toFixed(2)} | ${cpuMs.toFixed(2)} |`,
  );
  return ["| verification | wall ms | CPU ms |", "|---|---|---|", ...rows, ""].join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const measurements = await benchQuotes(Number(process.argv[2] ?? 30));
  process.stdout.write(table(measurements));
  const [ours] = measurements;
  const reached = ours !== undefined && ours.wallMs <= TARGET_MS;
  process.stdout.write(`target of ${TARGET_MS} ms in the median: ${reached ? "reached" : "NOT reached"}\n`);
}
