import { createHash } from "node:crypto";
import { DerError } from "@countersign/client/der";
import { NVIDIA_DEVICE_ROOT } from "@countersign/client/gpu";
import type { RootKind, TrustedRoot } from "@countersign/client/policy";
import { INTEL_ROOT_FINGERPRINT } from "@countersign/client/quote";
import { CheckFailure } from "@countersign/client/verdict";
import { PemError, parseCertificate, parsePemCertificates } from "@countersign/client/x509";
import { readTextFile } from "./input-file.ts";
import { UsageError } from "./usage-error.ts";

const LARGEST_PEM = 64 * 1024;

const VENDOR_ROOTS: ReadonlySet<string> = new Set([INTEL_ROOT_FINGERPRINT, NVIDIA_DEVICE_ROOT]);

/** PEM files by what their roots are for. */
export type RootFiles = { readonly [kind in RootKind]?: readonly string[] | undefined };

/**
 * The roots flags name. The vendors' own are trusted without being named. Any other one for quotes or devices counts as
 * simulated, because it can say nothing about hardware; a policy file can say more about a root than a flag.
 *
 * @throws UsageError
 */
export function readRoots(files: RootFiles): TrustedRoot[] {
  const kinds = ["tdx", "gpu", "tls"] as const;
  const roots = kinds.flatMap((kind) => (files[kind] ?? []).map((path) => readRoot(path, kind)));
  return roots.filter(({ fingerprint }) => !VENDOR_ROOTS.has(fingerprint));
}

function readRoot(path: string, kind: RootKind): TrustedRoot {
  const certificate = certificateIn(path);
  const fingerprint = createHash("sha256").update(certificate).digest("hex");
  return { kind, fingerprint, certificate, simulated: kind !== "tls" };
}

function certificateIn(path: string): Uint8Array {
  const refuse = (reason: string): never => {
    throw new UsageError(`the root ${JSON.stringify(path)} is not one PEM certificate: ${reason}`);
  };
  try {
    const [certificate] = parsePemCertificates(readTextFile(path, LARGEST_PEM), 1);
    if (certificate === undefined) return refuse("it is empty");
    parseCertificate(certificate);
    return certificate;
  } catch (error) {
    if (error instanceof PemError || error instanceof DerError || error instanceof CheckFailure) {
      return refuse(error.message);
    }
    throw error;
  }
}
