// A device helper that misbehaves as its argument says. Reads requests as the real one does.
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [mode, log, extra] = process.argv.slice(2);
appendFileSync(log, `${process.pid}\n`);
const starts = Number(extra ?? 0);

// What OpenSSL and NVIDIA's library would make; only its form and the nonce are looked at.
const CERTIFICATE = Buffer.from("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n").toString("base64");
const evidence = (nonce) =>
  Buffer.concat([Buffer.from("11e001ff", "hex"), Buffer.from(nonce, "hex"), Buffer.alloc(64)]);
const entry = (nonce) => ({ certificate: CERTIFICATE, evidence: evidence(nonce).toString("base64"), arch: "HOPPER" });
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const wrapped = (nonce) => ({ evidence_list: [entry(nonce), entry(nonce)] });

const MODES = {
  good: (nonce) => say(wrapped(nonce)),
  wrapper: (nonce) => say({ nonce, arch: "HOPPER", ...wrapped(nonce) }),
  list: (nonce) => say([{ ...entry(nonce), nonce: nonce.toUpperCase(), driver_version: "550.90.07" }]),
  none: () => say({ evidence_list: [] }),
  environment: (nonce) => {
    appendFileSync(log, `${Object.keys(process.env).sort().join("\n")}\n`);
    say(wrapped(nonce));
  },
  slow: () => setInterval(() => undefined, 1000),
  "ignores-term": () => {
    process.on("SIGTERM", () => undefined);
    setInterval(() => undefined, 1000);
  },
  child: () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    appendFileSync(log, `${child.pid}\n`);
  },
  crash: () => process.exit(3),
  "answer-then-exit": (nonce) => process.stdout.write(`${JSON.stringify(wrapped(nonce))}\n`, () => process.exit(0)),
  "crash-first": (nonce) => (starts === 0 ? process.exit(3) : say(wrapped(nonce))),
  flood: () => {
    const block = "x".repeat(1 << 16);
    const more = () => {
      while (process.stdout.write(block));
      process.stdout.once("drain", more);
    };
    more();
  },
  "flood-lines": () => {
    const block = "{}\n".repeat(1 << 14);
    const more = () => {
      while (process.stdout.write(block));
      process.stdout.once("drain", more);
    };
    more();
  },
  "stderr-flood": (nonce) => {
    process.stderr.write(`${"s".repeat(1 << 22)}\u0007\nlast words\n`, () => say(wrapped(nonce)));
  },
  garbage: () => process.stdout.write("not JSON\n"),
  "half-line": (nonce) => process.stdout.write(JSON.stringify(wrapped(nonce)), () => process.exit(0)),
  "error-bindings": () => say({ error: "bindings" }),
  "error-words": () => say({ error: "s3cret from the driver" }),
  "other-nonce": (nonce) => say(wrapped("00".repeat(nonce.length / 2))),
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { nonce } = JSON.parse(line);
  (MODES[mode] ?? MODES.good)(nonce);
});
