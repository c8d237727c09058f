/**
 * The test command: prepares what the Go and Python parts need, runs every check and every test, and prints one line
 * per step and the totals. Names of steps as arguments run only those: `npm test -- vitest go`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "countersign-test-"));

/** How many tests a step ran, and how many of them failed. */
interface Count {
  readonly passed: number;
  readonly failed: number;
}

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Counts the tests of a run. Without it, the step itself is one test: passed if it exits with 0. */
  readonly count?: (output: string) => Count;
}

/** Tests of a `go test -json` run, subtests not counted twice: only leaves. */
function countGo(output: string): Count {
  const results = new Map<string, string>();
  for (const line of output.split("\n")) {
    if (!line.startsWith("{")) continue;
    const event = JSON.parse(line) as { Action: string; Package?: string; Test?: string };
    if (event.Test === undefined) {
      // A package that does not build fails without a test.
      if (event.Action === "fail") results.set(`${event.Package ?? ""} `, "fail");
      continue;
    }
    if (event.Action === "pass" || event.Action === "fail")
      results.set(`${event.Package ?? ""} ${event.Test}`, event.Action);
  }
  const outcomes = [...results.values()];
  return {
    passed: outcomes.filter((outcome) => outcome === "pass").length,
    failed: outcomes.filter((outcome) => outcome === "fail").length,
  };
}

function countVitest(): Count {
  const report = JSON.parse(readFileSync(join(scratch, "vitest.json"), "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
    numFailedTestSuites: number;
  };
  // A file that cannot be loaded fails as a suite without tests.
  return { passed: report.numPassedTests, failed: report.numFailedTests || report.numFailedTestSuites };
}

function countPytest(): Count {
  const suite = /<testsuite [^>]*>/.exec(readFileSync(join(scratch, "pytest.xml"), "utf8"))?.[0] ?? "";
  const number = (name: string): number => Number(new RegExp(`${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  return { passed: number("tests") - failed - number("skipped"), failed };
}

const bin = (name: string): string => join(root, "node_modules", ".bin", name);
const python = join(root, "clients", "python");
const venv = (name: string): string => join(python, ".venv", "bin", name);

const STEPS: readonly Step[] = [
  { name: "format", command: [bin("biome"), "check", "--max-diagnostics=50"] },
  { name: "types", command: [bin("tsc"), "--noEmit", "-p", "tsconfig.json"] },
  { name: "proto-format", command: [bin("buf"), "format", "proto", "-d", "--exit-code"] },
  { name: "proto-lint", command: [bin("buf"), "lint"] },
  { name: "proto-breaking", command: [bin("buf"), "breaking", "proto", "--against", "proto/baseline.binpb"] },
  { name: "python-prepare", command: ["sh", "prepare.sh"], cwd: python },
  { name: "generated", command: ["node", "tools/generate.ts", "--check"] },
  { name: "vectors", command: ["node", "tools/make-vectors.ts", "--check"] },
  { name: "docs", command: ["node", "src/config/generate-docs.ts", "--check"] },
  { name: "error-table", command: ["node", "tools/make-error-table.ts", "--check"] },
  { name: "check-table", command: ["node", "tools/make-check-table.ts", "--check"] },
  { name: "policy-table", command: ["node", "tools/make-policy-table.ts", "--check"] },
  { name: "go-format", command: ["sh", "-c", 'test -z "$(gofmt -l clients/go bench)"'] },
  { name: "go-vet", command: ["go", "vet", "./clients/go/...", "./gen/go/...", "./bench/..."] },
  { name: "go-build", command: ["go", "build", "-o", "bench/bin/", "./clients/go/cmd/...", "./bench/cmd/..."] },
  { name: "python-lint", command: [venv("ruff"), "check", "."], cwd: python },
  { name: "python-format", command: [venv("ruff"), "format", "--check", "."], cwd: python },
  { name: "python-types", command: [venv("mypy")], cwd: python },
  {
    name: "go",
    command: ["go", "test", "-json", "./clients/go/...", "./bench/..."],
    count: countGo,
  },
  {
    name: "pytest",
    command: [venv("python"), "-m", "pytest", `--junitxml=${join(scratch, "pytest.xml")}`],
    cwd: python,
    count: countPytest,
  },
  {
    name: "vitest",
    command: [
      bin("vitest"),
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${join(scratch, "vitest.json")}`,
    ],
    count: countVitest,
  },
];

function execute(step: Step): Promise<{ status: number; output: string }> {
  const [program = "", ...args] = step.command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: step.cwd ?? root,
      env: { ...process.env, ...step.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) => resolve({ status: 127, output: `${output}${error.message}\n` }));
    child.once("close", (status) => resolve({ status: status ?? 1, output }));
  });
}

async function runStep(step: Step): Promise<Count> {
  const startedAt = performance.now();
  const { status, output } = await execute(step);
  let count: Count = status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  if (step.count !== undefined) {
    try {
      const counted = step.count(output);
      // A run that fails without a failing test, or passes without a test, has not tested anything.
      const silent = (status !== 0 && counted.failed === 0) || counted.passed + counted.failed === 0;
      count = silent ? { passed: counted.passed, failed: 1 } : counted;
    } catch (error) {
      process.stdout.write(`${step.name}: no report: ${String(error)}\n`);
      count = { passed: 0, failed: 1 };
    }
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
  const verdict = count.failed === 0 ? "ok    " : "FAILED";
  if (count.failed > 0) process.stdout.write(`\n${output}\n`);
  // Skips are never silent: whatever a step says about them is shown.
  else
    for (const line of output.split("\n"))
      if (/\bskip/i.test(line) && !line.startsWith("{")) process.stdout.write(`  ${line}\n`);
  process.stdout.write(
    `${verdict} ${step.name.padEnd(16)} ${seconds} s  ${count.passed} passed, ${count.failed} failed\n`,
  );
  return count;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  process.stderr.write(`unknown step: ${unknown.join(", ")}. Steps: ${STEPS.map(({ name }) => name).join(", ")}\n`);
  process.exit(2);
}

let passed = 0;
let failed = 0;
try {
  for (const step of STEPS) {
    if (wanted.length > 0 && !wanted.includes(step.name)) continue;
    const count = await runStep(step);
    passed += count.passed;
    failed += count.failed;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
