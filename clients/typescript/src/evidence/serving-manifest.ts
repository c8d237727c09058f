import {
  type ServingManifest,
  ServingManifestSchema,
} from "../../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { DIGEST_BYTES } from "../transcript/index.ts";
import { CheckFailure } from "../verdict/index.ts";
import { decodeBounded } from "./bounded-message.ts";

/** Most models and routes together, with three further fields; a gateway has some dozens. */
const BOUNDS = { fields: 1024 };
/** Longest name. Characters, as in a policy. */
const MAX_NAME = 256;

/**
 * Reads a manifest and holds it to its schema's word. What it says still has to be attested.
 *
 * @param bytes attacker-controlled, bounded by the caller
 * @throws CheckFailure malformed
 */
export function readManifest(bytes: Uint8Array): ServingManifest {
  const manifest = decodeBounded("manifest", ServingManifestSchema, bytes, BOUNDS);
  const { models, routes, imageDigest, sourceCommit } = manifest;
  for (const { name, digest, generation } of models) {
    requireName("a model", name);
    if (digest !== undefined) requireDigest("a model's digest", digest.value);
    // Facts are JSON, where a larger number would be another one.
    if (generation > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed("a model's generation is above 2^53 - 1");
  }
  for (const { model, upstreamKind } of routes) {
    requireName("a route's model", model);
    requireName("a route's kind of upstream", upstreamKind);
  }
  requireDigest("the image's digest", imageDigest);
  if (!/^[0-9a-fA-F]{0,64}$/.test(sourceCommit)) throw malformed("the source commit is not hex of at most 64 digits");
  return manifest;
}

/** Names are shown to people: none is endless, and none holds what a terminal obeys. */
function requireName(what: string, name: string): void {
  if (name === "" || name.length > MAX_NAME || /\p{Cc}/u.test(name)) {
    throw malformed(`the name of ${what} is not 1 to ${MAX_NAME} characters without control characters`);
  }
}

function requireDigest(what: string, { length }: Uint8Array): void {
  if (length !== 0 && length !== DIGEST_BYTES) throw malformed(`${what} is not ${DIGEST_BYTES} bytes or none`);
}

function malformed(what: string): CheckFailure {
  return CheckFailure.malformed(`manifest: ${what}`);
}
