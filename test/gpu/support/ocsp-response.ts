import { createHash, type KeyObject, sign } from "node:crypto";
import { keyIdentifier } from "../../../src/certificates/index.ts";
import { der } from "../../../src/der/index.ts";
import type { Authority } from "./authority.ts";
import { NOW } from "./authority.ts";

const SHA384 = "2.16.840.1.101.3.4.2.2";

export interface ResponseOptions {
  readonly certificate: Authority;
  readonly issuer: Authority;
  /** Who signs and whose name the response has. Default: the issuer. */
  readonly responder?: Authority;
  /** Key that signs instead of the responder's. */
  readonly privateKey?: KeyObject;
  readonly responderBy?: "name" | "key";
  /** Default good. A number is the reason of a revocation; null one without. */
  readonly status?: "good" | "unknown" | { readonly reason: number | null };
  readonly hash?: "sha256" | "sha384";
  readonly serial?: Uint8Array;
  /** Key the id names for the issuer, as SubjectPublicKeyInfo. Default: the issuer's. */
  readonly issuerSpki?: Uint8Array;
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | null;
  readonly producedAt?: number;
  readonly nonce?: Uint8Array;
  readonly certificates?: readonly Uint8Array[];
  readonly responseStatus?: number;
  /** How often the one answer is given. Default 1. */
  readonly repeat?: number;
  /** Extensions of the response, in DER, beside the nonce. */
  readonly extensions?: readonly Uint8Array[];
}

/** A basic OCSP response (RFC 6960, 4.2.1). */
export function makeOcspResponse(options: ResponseOptions): Uint8Array {
  const { certificate, issuer, responder = issuer, hash = "sha384", certificates = [], repeat = 1 } = options;
  const { thisUpdate = NOW - 3600, nextUpdate = NOW + 3600, producedAt = thisUpdate, nonce } = options;
  const { responderBy = "name", responseStatus = 0, status = "good", extensions = [] } = options;
  const digest = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash(hash).update(bytes).digest());
  const oid = hash === "sha384" ? SHA384 : "2.16.840.1.101.3.4.2.1";
  const id = der.sequence(
    der.sequence(der.oid(oid), der.element(0x05)),
    der.octetString(digest(issuer.name)),
    der.octetString(digest(keyBits(options.issuerSpki ?? issuer.spki))),
    der.integer(options.serial ?? certificate.serial),
  );
  const single = der.sequence(
    id,
    statusOf(status),
    time(thisUpdate),
    ...(nextUpdate === null ? [] : [der.context(0, time(nextUpdate))]),
  );
  const all = [
    ...(nonce === undefined
      ? []
      : [der.sequence(der.oid("1.3.6.1.5.5.7.48.1.2"), der.octetString(der.octetString(nonce)))]),
    ...extensions,
  ];
  const data = der.sequence(
    responderBy === "name"
      ? der.context(1, responder.name)
      : der.context(2, der.octetString(keyIdentifier(responder.spki))),
    time(producedAt),
    der.sequence(...Array.from({ length: repeat }, () => single)),
    ...(all.length === 0 ? [] : [der.context(1, der.sequence(...all))]),
  );
  const key = options.privateKey ?? responder.privateKey;
  const basic = der.sequence(
    data,
    der.sequence(der.oid("1.2.840.10045.4.3.3")),
    der.bitString(sign("sha384", data, { key, dsaEncoding: "der" })),
    ...(certificates.length === 0 ? [] : [der.context(0, der.sequence(...certificates))]),
  );
  return der.sequence(
    der.enumerated(responseStatus),
    der.context(0, der.sequence(der.oid("1.3.6.1.5.5.7.48.1.1"), der.octetString(basic))),
  );
}

function statusOf(status: NonNullable<ResponseOptions["status"]>): Uint8Array {
  if (status === "good") return der.contextPrimitive(0, new Uint8Array());
  if (status === "unknown") return der.contextPrimitive(2, new Uint8Array());
  const { reason } = status;
  return der.context(1, time(NOW - 86_400), ...(reason === null ? [] : [der.context(0, der.enumerated(reason))]));
}

/** OCSP knows GeneralizedTime alone. */
function time(unixSeconds: number): Uint8Array {
  const text = new Date(unixSeconds * 1000).toISOString().replace(/[-:T]|\.\d{3}/g, "");
  return der.element(0x18, Buffer.from(text, "latin1"));
}

/** The point of a P-384 key: the last 97 bytes of its SubjectPublicKeyInfo. */
function keyBits(spki: Uint8Array): Uint8Array {
  return spki.subarray(-97);
}
