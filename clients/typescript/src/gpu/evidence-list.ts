import { hexToBytes } from "@noble/hashes/utils.js";
import { CheckFailure } from "../verdict/index.ts";
import { PemError, parsePemCertificates } from "../x509/index.ts";
import { decodeBase64 } from "./base64.ts";
import { type DeviceEvidence, MAX_CERTIFICATES, MAX_DEVICES, MAX_REPORT_BYTES } from "./device-evidence.ts";
import { type JsonObject, jsonObject, parseJson } from "./json.ts";

/** Device evidence out of JSON. */
export interface EvidenceList {
  readonly devices: readonly DeviceEvidence[];
  /** Nonces the JSON states beside the reports, 32 bytes each. They prove nothing, and must not contradict them. */
  readonly statedNonces: readonly Uint8Array[];
}

/** Largest base64 of one report, or of one chain, which has the same bound. Characters. */
const MAX_BASE64 = Math.ceil(MAX_REPORT_BYTES / 3) * 4;
/** Largest JSON text: the two largest members of as many entries as are read, and room around them. Characters. */
const MAX_TEXT = MAX_DEVICES * (2 * MAX_BASE64 + 1024);

/**
 * Reads device evidence in either of its JSON forms: `{"nonce", "evidence_list": [{"certificate", "evidence", "arch"}],
 * "arch"}`, as proxies ship it, or NVIDIA's array of `{"arch", "nonce", "evidence", "certificate"}`. `evidence` is base64
 * of the report, `certificate` base64 of PEM text, leaf first. Unknown members are passed over.
 *
 * @param input JSON text, or what it parses to; attacker-controlled
 * @throws CheckFailure, malformed, naming the entry and member at fault
 */
export function parseEvidenceList(input: unknown): EvidenceList {
  const value = typeof input === "string" ? parseJson(input, MAX_TEXT, "device evidence") : input;
  const wrapper = Array.isArray(value) ? {} : jsonObject(value, "device evidence");
  const entries = Array.isArray(value) ? value : wrapper["evidence_list"];
  if (!Array.isArray(entries)) throw CheckFailure.malformed("device evidence: no list of evidence");
  if (entries.length > MAX_DEVICES) throw CheckFailure.malformed(`device evidence: more than ${MAX_DEVICES} entries`);
  const statedNonces = nonceOf(wrapper, "device evidence");
  const devices = entries.map((item: unknown, index): DeviceEvidence => {
    const name = `device ${index}`;
    const entry = jsonObject(item, name);
    statedNonces.push(...nonceOf(entry, name));
    const architecture = entry["arch"] ?? wrapper["arch"];
    if (typeof architecture !== "string" || !/^[A-Z0-9_]{1,32}$/.test(architecture)) {
      throw CheckFailure.malformed(`${name}: no architecture`);
    }
    return {
      architecture,
      report: base64Member(entry, "evidence", name),
      certificates: chainOf(base64Member(entry, "certificate", name), name),
    };
  });
  return { devices, statedNonces };
}

function nonceOf(holder: JsonObject, name: string): Uint8Array[] {
  const nonce = holder["nonce"];
  if (nonce === undefined) return [];
  if (typeof nonce !== "string" || !/^[0-9A-Fa-f]{64}$/.test(nonce)) {
    throw CheckFailure.malformed(`${name}: the nonce is not 64 hexadecimal digits`);
  }
  return [hexToBytes(nonce)];
}

function base64Member(entry: JsonObject, member: string, name: string): Uint8Array {
  const text = entry[member];
  if (typeof text !== "string" || text === "") throw CheckFailure.malformed(`${name}: no ${member}`);
  const tooLarge = `${name}: ${member} is too large`;
  if (text.length > MAX_BASE64) throw CheckFailure.malformed(tooLarge);
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw CheckFailure.malformed(`${name}: ${member} is not base64`);
  // The last four characters stand for one to three bytes.
  if (bytes.length > MAX_REPORT_BYTES) throw CheckFailure.malformed(tooLarge);
  return bytes;
}

function chainOf(pem: Uint8Array, name: string): Uint8Array[] {
  try {
    return parsePemCertificates(new TextDecoder("utf-8", { fatal: true }).decode(pem), MAX_CERTIFICATES);
  } catch (error) {
    const reason = error instanceof PemError ? error.message : "not text";
    throw CheckFailure.malformed(`${name}: the certificate chain: ${reason}`);
  }
}
