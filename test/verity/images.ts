import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openStable } from "../../src/models/hashing/index.ts";
import { type VerityIdentity, type VerityParameters, writeTree } from "../../src/models/verity/index.ts";

/** A folder that is gone when the file's tests have run. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "countersign-verity-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Data of the known answers: block i begins with i, and byte j of it is (7i + 13j) mod 256. */
export function patternData(blocks: number): Buffer {
  const data = Buffer.alloc(blocks * 4096);
  const rows = Array.from({ length: 256 }, (_, i) =>
    Buffer.from(Array.from({ length: 4096 }, (_, j) => (7 * i + 13 * j) & 255)),
  );
  for (let i = 0; i < blocks; i++) {
    data.set(rows[i & 255] ?? [], i * 4096);
    data.writeBigUInt64LE(BigInt(i), i * 4096);
  }
  return data;
}

/** The same bytes for the same seed, without a pattern. */
export function randomData(seed: number, bytes: number): Buffer {
  return createHash("shake128", { outputLength: bytes }).update(String(seed)).digest();
}

export function parametersOf(dataBlocks: number, others: Partial<VerityParameters> = {}): VerityParameters {
  const salt = new Uint8Array();
  return { hashType: 1, algorithm: "sha256", dataBlockSize: 4096, hashBlockSize: 4096, dataBlocks, salt, ...others };
}

/** Writes an image's tree to a file as `veritysetup format` would. */
export async function formatted(
  image: string,
  tree: string,
  parameters: VerityParameters,
  uuid = new Uint8Array(16),
): Promise<VerityIdentity> {
  using file = openStable(image);
  const fd = openSync(tree, "w");
  try {
    return { ...parameters, rootHash: await writeTree(file, parameters, { fd, uuid }) };
  } finally {
    closeSync(fd);
  }
}

/** Writes a file with one byte changed, and says which value it had. */
export function flipped(from: string, to: string, offset: number, mask = 1): void {
  const bytes = readFileSync(from);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ mask, offset);
  writeFileSync(to, bytes);
}

/** Whether a program is installed; says so if not, because its tests are skipped. */
export function installed(program: string, hint: string): boolean {
  if (spawnSync(program, ["--version"]).error === undefined) return true;
  process.stderr.write(`skipped: ${program} is not installed (${hint})\n`);
  return false;
}

/** Runs veritysetup and says whether it exits with 0. */
export function veritysetup(...argv: readonly string[]): boolean {
  return spawnSync("veritysetup", argv).status === 0;
}

/** Has veritysetup make a tree, and returns the root it prints. */
export function veritysetupFormat(...argv: readonly string[]): string {
  const output = execFileSync("veritysetup", ["format", ...argv]).toString();
  return /Root hash:\s+([0-9a-f]+)/.exec(output)?.[1] ?? "";
}
