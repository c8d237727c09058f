import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { keccak_256, keccak_384, keccak_512, sha3_256, sha3_384, sha3_512 } from "@noble/hashes/sha3.js";
import { AgentRefusal } from "./agent-refusal.ts";
import { hex, type Machine } from "./machine.ts";
import type { Method, MethodTable } from "./method.ts";

const HASHES: ReadonlyMap<string, (message: Uint8Array) => Uint8Array> = new Map([
  ["sha256", sha256],
  ["sha384", sha384],
  ["sha512", sha512],
  ["sha3-256", sha3_256],
  ["sha3-384", sha3_384],
  ["sha3-512", sha3_512],
  ["keccak256", keccak_256],
  ["keccak384", keccak_384],
  ["keccak512", keccak_512],
]);

/**
 * What old clients ask of dstack 0.3: quotes over hashed data, or over 64 bytes as they are. Its other
 * methods are not offered; GetKey, GetTlsKey and Info have replaced them.
 */
export function tappdMethods(machine: Machine): MethodTable {
  const answer = (data: Uint8Array, algorithm: string, prefix: string) => {
    const raw = algorithm === "raw";
    return {
      quote: hex(machine.quote(raw ? exactly64(data) : hashed(data, algorithm, prefix))),
      event_log: machine.boot.eventLog,
      hash_algorithm: algorithm,
      prefix: raw ? "" : prefix,
    };
  };
  return new Map<string, Method>([
    [
      "/prpc/Tappd.TdxQuote",
      (request) =>
        answer(
          request.bytes("report_data"),
          request.text("hash_algorithm") || "sha512",
          request.text("prefix") || "app-data",
        ),
    ],
    ["/prpc/Tappd.RawQuote", (request) => answer(request.bytes("report_data"), "raw", "")],
  ]);
}

function exactly64(data: Uint8Array): Uint8Array {
  if (data.length !== 64) throw new AgentRefusal("report_data: raw data has 64 bytes");
  return data;
}

/** H(prefix ‖ ":" ‖ data), with zeros behind it up to 64 bytes. */
function hashed(data: Uint8Array, algorithm: string, prefix: string): Uint8Array {
  const digest = HASHES.get(algorithm);
  if (digest === undefined) throw new AgentRefusal("hash_algorithm: unsupported");
  const reportData = new Uint8Array(64);
  reportData.set(digest(new Uint8Array(Buffer.concat([Buffer.from(`${prefix}:`, "utf8"), data]))));
  return reportData;
}
