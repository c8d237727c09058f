/**
 * Adds to package-lock.json the platform packages that npm leaves out when the registry in use does not carry them. A
 * lockfile without them is refused by `npm ci`; with them it installs what fits the platform and skips the rest. Run it
 * after every `npm install`. The entries have no integrity: on the platforms they are for, npm adds it.
 */
import { readFileSync, writeFileSync } from "node:fs";

const target = new URL("../package-lock.json", import.meta.url);

interface LockEntry {
  readonly version?: string;
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly os?: readonly string[];
  readonly optional?: boolean;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const OPERATING_SYSTEMS = ["android", "darwin", "freebsd", "linux", "win32"];
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "x64", arm64: "arm64", armv7: "arm", aarch64: "arm64" };

/** Platform of a package by the convention of its name: `@scope/name-linux-x64-musl`. */
function platformOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } | undefined {
  const words = name.split(/[-/]/);
  const os = words.find((word) => OPERATING_SYSTEMS.includes(word));
  const cpu = words.map((word) => ARCHITECTURES[word]).find((found) => found !== undefined);
  if (os === undefined || cpu === undefined) return undefined;
  return { os: [os], cpu: [cpu], ...(words.includes("musl") ? { libc: ["musl"] } : {}) };
}

const lock = JSON.parse(readFileSync(target, "utf8")) as { packages: Record<string, LockEntry> };
const added: string[] = [];
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    const platform = platformOf(name);
    if (lock.packages[path] !== undefined || platform === undefined || !/^\d/.test(version)) continue;
    const { os, cpu, libc } = platform;
    const dev = entry.dev === true ? { dev: true } : {};
    lock.packages[path] = {
      version,
      cpu,
      ...dev,
      ...(libc === undefined ? {} : { libc }),
      optional: true,
      os,
    };
    added.push(name);
  }
}
const sorted = Object.fromEntries(
  Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)),
);
writeFileSync(target, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
process.stdout.write(`added ${added.length}: ${added.join(", ")}\n`);
