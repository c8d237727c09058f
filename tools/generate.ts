/**
 * Regenerates everything that is generated from the schemas: code for TypeScript, Go and Python, and the descriptors
 * for reflection. `--check` generates into a temporary copy instead and fails if anything differs.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What generation reads. */
const INPUTS = ["proto", "third_party", "buf.yaml", "go.mod", "go.sum"];
const TEMPLATES = ["buf.gen.typescript.yaml", "buf.gen.go.yaml", "buf.gen.python.yaml"];

function run(cwd: string, command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function generate(cwd: string): void {
  const buf = join(root, "node_modules", ".bin", "buf");
  for (const template of TEMPLATES) run(cwd, buf, ["generate", "--template", template]);
  run(cwd, buf, ["build", "--as-file-descriptor-set", "-o", "gen/descriptors.binpb"]);
}

if (process.argv.includes("--check")) {
  const copy = mkdtempSync(join(tmpdir(), "countersign-generate-"));
  try {
    for (const name of [...INPUTS, ...TEMPLATES, "gen"])
      cpSync(join(root, name), join(copy, name), { recursive: true });
    // The plugins live in the checkout.
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    cpSync(join(root, "clients", "python", "requirements"), join(copy, "clients", "python"), { recursive: true });
    symlinkSync(join(root, "clients", "python", ".venv"), join(copy, "clients", "python", ".venv"));
    generate(copy);
    const { status } = spawnSync("diff", ["-r", "-x", "__pycache__", join(root, "gen"), join(copy, "gen")], {
      stdio: "inherit",
    });
    if (status !== 0) {
      process.stderr.write("generated code differs from the schemas: run `npm run generate` and commit the result\n");
      process.exitCode = 1;
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
} else {
  generate(root);
}
