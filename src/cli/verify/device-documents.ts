import type { DeviceDocuments, RimVerifier, ServiceTokens } from "@countersign/client/gpu";
import type { Policy } from "@countersign/client/policy";
import type { CheckId, Checks } from "@countersign/client/verdict";
import { readInputFile, readTextFile } from "./input-file.ts";
import { readInput } from "./judgement.ts";
import { readRimFile } from "./rim-file.ts";
import { UsageError } from "./usage-error.ts";

/** Flags of documents that vouch for devices whenever they are asked. */
export const DOCUMENT_FLAGS = {
  "rim-driver": { type: "string", multiple: true },
  "rim-vbios": { type: "string", multiple: true },
  ocsp: { type: "string", multiple: true },
} as const;

/** Help of {@link DOCUMENT_FLAGS}. */
export const DOCUMENT_OPTIONS = `\
  --rim-driver <file>   NVIDIA's reference values of a driver version; may be given several times
  --rim-vbios <file>    the same of a VBIOS version; both are the signed XML, or NVIDIA's JSON that holds it as \`rim\`
  --ocsp <file>         OCSP response in DER; may be given several times. Once there is one, each certificate of a
                        device but leaf and root needs one, and each of a reference document's signer but the root
`;

/** Flags of NVIDIA's attestation service, which vouches for devices and one nonce. */
export const TOKEN_FLAGS = {
  nras: { type: "string" },
  jwks: { type: "string" },
  "nras-issuer": { type: "string" },
} as const;

/** Help of {@link TOKEN_FLAGS}. */
export const TOKEN_OPTIONS = `\
  --nras <file>         what NVIDIA's attestation service answered for these devices and their nonce, as JSON
  --jwks <file>         the service's keys as a JWK set, needed with --nras; get it from the service and no one else
  --nras-issuer <url>   the service; default: https://nras.attestation.nvidia.com
`;

const NVIDIA_SERVICE = "https://nras.attestation.nvidia.com";
/** Genuine ones have about 1500. Bytes. */
const LARGEST_RESPONSE = 32 * 1024;
/** A token of at most 32 KiB for each of 32 devices, and one for all. Bytes. */
const LARGEST_TOKENS = 2 * 1024 * 1024;
const LARGEST_KEY_SET = 256 * 1024;

/** What these flags say. */
export type DocumentValues = {
  readonly [flag in keyof typeof DOCUMENT_FLAGS]?: readonly string[] | undefined;
} & { readonly [flag in keyof typeof TOKEN_FLAGS]?: string | undefined };

/** What vouches for devices beside their evidence, and what reads it. */
export interface DeviceVouchers {
  readonly deviceDocuments: DeviceDocuments;
  /** Undefined without reference documents. */
  readonly rimVerifier: RimVerifier | undefined;
}

/**
 * Reads the files the flags name. A file that is there and cannot be read fails its check, as malformed; the caller
 * concludes then.
 *
 * @throws UsageError if a file is not there, or the flags do not fit together
 */
export async function readDeviceDocuments(
  checks: Checks,
  values: DocumentValues,
  policy: Policy,
): Promise<DeviceVouchers> {
  const readAll = async <T>(id: CheckId, paths: readonly string[] = [], read: (path: string) => T): Promise<T[]> =>
    (await readInput(checks, id, () => paths.map(read))) ?? [];
  const drivers = await readAll("gpu.rim.driver", values["rim-driver"], (path) => {
    return { component: "driver", document: readRimFile(path) } as const;
  });
  const vbios = await readAll("gpu.rim.vbios", values["rim-vbios"], (path) => {
    return { component: "vbios", document: readRimFile(path) } as const;
  });
  const rim = [...drivers, ...vbios];
  const ocsp = await readAll("gpu.ocsp", values.ocsp, (path) => readInputFile(path, LARGEST_RESPONSE));
  const nras = await readInput(checks, "gpu.nras", () => readServiceTokens(values));
  return {
    deviceDocuments: { rim, ocsp, nras },
    rimVerifier: rim.length === 0 ? undefined : await rimVerifierUnder(policy),
  };
}

/** What a verdict that rests on these documents does not say. */
export function documentNotes({ nras }: DeviceDocuments): readonly string[] {
  if (nras === undefined) return [];
  return [`That the keys in --jwks are those of ${nras.issuer} is the word of whoever fetched the file.`];
}

function readServiceTokens(values: DocumentValues): ServiceTokens | undefined {
  const { nras, jwks, "nras-issuer": issuer = NVIDIA_SERVICE } = values;
  if (nras === undefined) {
    for (const flag of ["jwks", "nras-issuer"] as const) {
      if (values[flag] !== undefined) throw new UsageError(`--${flag} says nothing without --nras`);
    }
    return undefined;
  }
  if (jwks === undefined) throw new UsageError("--nras needs --jwks, the keys of the service that signed its tokens");
  if (!/^https:\/\/[\x21-\x7e]{1,200}$/.test(issuer))
    throw new UsageError("--nras-issuer is a URL that begins with https");
  return { tokens: readTextFile(nras, LARGEST_TOKENS), jwks: readTextFile(jwks, LARGEST_KEY_SET), issuer };
}

/** Loaded when there is something to read: it brings parsers of XML. */
async function rimVerifierUnder({ gpu }: Policy): Promise<RimVerifier> {
  const { createRimVerifier } = await import("@countersign/client/gpu-rim");
  return createRimVerifier({ expiredSignerAccepted: gpu.rimSignerExpiredAccepted });
}
