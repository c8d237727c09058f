import { readFileSync } from "node:fs";
import type { Config } from "../config/index.ts";
import type { Logger } from "../observe/index.ts";
import { TLS_CONTEXT, type TlsIdentity } from "../server/index.ts";
import type { QuoteSource } from "../tee/index.ts";
import { authorityIssuer, type LeafIssuer, selfIssuer } from "./leaf-issuer.ts";
import { generateLeafKey, type LeafKey } from "./leaf-key.ts";
import { type LeafRotation, startLeafRotation } from "./leaf-rotation.ts";
import { mintedIdentity } from "./minted-identity.ts";

/** Leaves of this gateway's own making, and what a listener presents of them. */
export interface LeafIdentity {
  readonly identity: TlsIdentity;
  readonly rotation: LeafRotation;
}

/** Mints the first leaves as the configuration says. Rejects if the platform gives no quote or the CA cannot be used. */
export async function openLeafIdentity(tls: Config["tls"], quotes: QuoteSource, log: Logger): Promise<LeafIdentity> {
  const key = generateLeafKey();
  const rotation = await startLeafRotation({
    form: tls.evidence,
    quotes,
    key,
    issuer: issuerOf(tls, key),
    names: tls.names,
    tls: TLS_CONTEXT,
    log,
  });
  return { identity: mintedIdentity(key, rotation), rotation };
}

function issuerOf({ caCertPath, caKeyPath }: Config["tls"], key: LeafKey): LeafIssuer {
  return caCertPath === undefined || caKeyPath === undefined
    ? selfIssuer(key)
    : authorityIssuer(readFileSync(caCertPath, "utf8"), readFileSync(caKeyPath, "utf8"));
}
