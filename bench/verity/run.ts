/**
 * Compares `countersign models verify` with `veritysetup verify` on the same image, in turns:
 * `node bench/verity/run.ts [--mib 2048] [--rounds 5] [--json]`. Each is a process of its own, started as users do.
 * Exit status: 0 measured, 1 a verification failed, 2 veritysetup is missing or the flags are wrong.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const MIB = 1024 * 1024;
const PROGRAM = join(import.meta.dirname, "../../bin/countersign.js");

interface Sample {
  readonly seconds: number;
  /** User and system time of all its threads. Seconds. */
  readonly cpu: number;
}

interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
  readonly samples: Sample[];
}

/** Random bytes, which are in the page cache afterwards. */
function writeImage(path: string, mib: number): void {
  const fd = openSync(path, "w");
  const piece = Buffer.alloc(MIB);
  for (let written = 0; written < mib; written++) writeSync(fd, randomFillSync(piece));
  closeSync(fd);
}

/** Runs a command; the shell's `times` knows what its children used. */
function measure([program = "", ...argv]: readonly string[]): Sample {
  const started = performance.now();
  const { status, stdout } = spawnSync("bash", ["-c", '"$0" "$@" >&2 && times', program, ...argv], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
  const children = stdout.toString().trim().split("\n").at(-1) ?? "";
  const times = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  return { seconds, cpu: times.reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0) };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function run(mib: number, rounds: number, folder: string): readonly Contestant[] {
  const [image, tree] = [join(folder, "image"), join(folder, "tree")];
  writeImage(image, mib);
  const format = execFileSync("veritysetup", ["format", image, tree]).toString();
  const [root = "", salt = ""] = ["Root hash", "Salt"].map(
    (name) => new RegExp(`${name}:\\s+(\\w+)`).exec(format)?.[1],
  );
  const identity = `verity:1:sha256:4096:4096:${(mib * MIB) / 4096}:${root}:${salt}`;
  const contestants: Contestant[] = [
    { name: "veritysetup", command: ["veritysetup", "verify", image, tree, root], samples: [] },
    {
      name: "countersign",
      command: [process.execPath, PROGRAM, "models", "verify", image, "--tree", tree, "--roothash", identity],
      samples: [],
    },
  ];
  for (let round = 0; round <= rounds; round++) {
    for (const { command, samples } of contestants) {
      const sample = measure(command);
      // The first round warms up.
      if (round > 0) samples.push(sample);
    }
  }
  return contestants;
}

function main(): number {
  const { values } = parseArgs({
    options: { mib: { type: "string" }, rounds: { type: "string" }, json: { type: "boolean" } },
  });
  const [mib, rounds] = [Number(values.mib ?? 2048), Number(values.rounds ?? 5)];
  if (!Number.isInteger(mib) || mib < 1 || !Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write("bench/verity: --mib and --rounds are whole numbers from 1\n");
    return 2;
  }
  const version = spawnSync("veritysetup", ["--version"]);
  if (version.error !== undefined) {
    process.stderr.write("bench/verity: veritysetup is not installed (apt install cryptsetup-bin)\n");
    return 2;
  }
  const load = loadavg()[0] ?? 0;
  const folder = mkdtempSync(join(tmpdir(), "countersign-bench-"));
  try {
    const rows = run(mib, rounds, folder).map(({ name, samples }) => {
      const seconds = median(samples.map((sample) => sample.seconds));
      return { name, seconds, mibPerSecond: mib / seconds, cpuSeconds: median(samples.map(({ cpu }) => cpu)) };
    });
    const speedup = (rows[0]?.seconds ?? Number.NaN) / (rows[1]?.seconds ?? Number.NaN);
    const conditions = {
      mib,
      rounds,
      processor: cpus()[0]?.model.trim() ?? "unknown",
      cores: availableParallelism(),
      loadAtStart: load,
      node: process.versions.node,
      veritysetup: version.stdout.toString().trim(),
    };
    if (values.json === true) {
      process.stdout.write(`${JSON.stringify({ conditions, rows, speedup }, null, 2)}\n`);
      return 0;
    }
    process.stdout.write(
      `${mib} MiB, median of ${rounds} rounds in turns; ${conditions.processor}, ${conditions.cores} cores, load ` +
        `${load.toFixed(1)}; Node ${conditions.node}, ${conditions.veritysetup}\n\n`,
    );
    for (const { name, seconds, mibPerSecond, cpuSeconds } of rows) {
      const columns = [`${seconds.toFixed(2)} s`, `${mibPerSecond.toFixed(0)} MiB/s`, `${cpuSeconds.toFixed(2)} s CPU`];
      process.stdout.write(`  ${name.padEnd(12)}${columns.map((column) => column.padStart(13)).join("")}\n`);
    }
    process.stdout.write(`\n  countersign takes ${(1 / speedup).toFixed(2)} × the time of veritysetup\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`bench/verity: ${error instanceof Error ? error.message : "failed"}\n`);
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = main();
