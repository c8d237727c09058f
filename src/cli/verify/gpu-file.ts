import { type EvidenceList, parseEvidenceList } from "@countersign/client/gpu";
import { CheckFailure } from "@countersign/client/verdict";
import { PemError, parsePemCertificates } from "@countersign/client/x509";
import { hexToBytes } from "@noble/hashes/utils.js";
import { readInputFile, readTextFile, textOf } from "./input-file.ts";
import { jsonObject } from "./json-file.ts";
import { UsageError } from "./usage-error.ts";

/** Evidence of a full machine with its chains in base64, inside a report of its own. Bytes. */
const LARGEST_FILE = 8 * 1024 * 1024;
const LARGEST_PEM = 256 * 1024;
const MOST_CERTIFICATES = 8;

interface OneDevice {
  /** PEM file with its certificates. */
  readonly chain?: string | undefined;
  readonly arch?: string | undefined;
}

/**
 * Device evidence in any of its forms: see the command's help.
 *
 * @throws UsageError if the flags do not fit the file, CheckFailure malformed if it cannot be read
 */
export function readGpuFile(path: string, { chain, arch }: OneDevice): EvidenceList {
  const bytes = readInputFile(path, LARGEST_FILE);
  const text = textOf(bytes);
  if (text !== undefined && /^\s*[[{]/.test(text)) {
    if (chain !== undefined) throw new UsageError("--chain is for a single report; this file holds an evidence list");
    return parseEvidenceList(evidenceIn(text));
  }
  if (chain === undefined)
    throw new UsageError("this file is no evidence list; name the device's certificates with --chain");
  return {
    devices: [{ architecture: arch ?? "HOPPER", report: reportIn(bytes, text), certificates: certificatesIn(chain) }],
    statedNonces: [],
  };
}

/** An attestation report holds the list as JSON text of its own. */
function evidenceIn(text: string): string {
  if (!text.trimStart().startsWith("{")) return text;
  const payload = jsonObject(text)["nvidia_payload"];
  return typeof payload === "string" ? payload : text;
}

function reportIn(bytes: Uint8Array, text: string | undefined): Uint8Array {
  const digits = text?.replace(/\s/g, "");
  if (digits === undefined || !/^[0-9a-fA-F]+$/.test(digits)) return bytes;
  if (digits.length % 2 !== 0) throw CheckFailure.malformed("the report's text is an odd number of hex digits");
  return hexToBytes(digits);
}

function certificatesIn(path: string): Uint8Array[] {
  try {
    return parsePemCertificates(readTextFile(path, LARGEST_PEM), MOST_CERTIFICATES);
  } catch (error) {
    if (error instanceof PemError) throw CheckFailure.malformed(`the certificate chain: ${error.message}`);
    throw error;
  }
}
