import { bytesToHex } from "@noble/hashes/utils.js";
import type { ServingManifest } from "../../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { type ModelDigest, ModelDigestKind } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import type { Policy } from "../policy/index.ts";
import type { Checks, Fact } from "../verdict/index.ts";

/** Kinds of model digests by the names policies use. */
const KIND_NAMES: Readonly<Record<ModelDigestKind, string>> = {
  [ModelDigestKind.UNSPECIFIED]: "unknown",
  [ModelDigestKind.NONE]: "none",
  [ModelDigestKind.STATIC]: "static",
  [ModelDigestKind.INDEX]: "index",
  [ModelDigestKind.FILE_MANIFEST]: "file_manifest",
  [ModelDigestKind.VERITY]: "verity",
};

/** A kind of a later version has no name here and fits no pin. */
function kindName(digest: ModelDigest | undefined): string {
  return KIND_NAMES[digest?.kind ?? ModelDigestKind.UNSPECIFIED] ?? "unknown";
}

/** Records `model.digest` and `manifest.routes` of a manifest the quote commits to. */
export function judgeManifest(checks: Checks, manifest: ServingManifest, policy: Policy): void {
  judgeModels(checks, manifest, policy);
  const unverified = manifest.routes.filter(({ verified }) => !verified).length;
  if (manifest.routes.length === 0) {
    checks.skip("manifest.routes", "the manifest names no route", { required: false });
  } else if (unverified === 0) {
    checks.pass("manifest.routes", "every route is verified before a prompt leaves");
  } else {
    checks.skip(
      "manifest.routes",
      `${unverified} of ${manifest.routes.length} routes lead to an engine nobody verified`,
      {
        required: false,
        remedy:
          "the operator can verify upstreams; engines inside the same trust domain are covered by its measurements",
      },
    );
  }
}

function judgeModels(checks: Checks, manifest: ServingManifest, { models: pins }: Policy): void {
  if (pins === undefined) {
    checks.skip("model.digest", "the policy names no model", { required: false });
    return;
  }
  for (const pin of pins) {
    const served = manifest.models.filter(({ name }) => name === pin.name);
    const [model] = served;
    const remedy = "load the model the policy names, or name the one that is served";
    if (model === undefined || served.length > 1) {
      checks.fail("model.digest", `model ${quoted(pin.name)} is served ${served.length} times, not once`, remedy);
      continue;
    }
    const kind = kindName(model.digest);
    const digest = bytesToHex(model.digest?.value ?? new Uint8Array());
    if (kind !== pin.kind) {
      checks.fail("model.digest", `model ${quoted(pin.name)} has a digest of kind ${kind}, not ${pin.kind}`, remedy);
    } else if (digest !== pin.digest) {
      checks.fail("model.digest", `model ${quoted(pin.name)} has another digest than the policy names`, remedy);
    } else {
      checks.pass("model.digest", "every model the policy names is served with the digest it names");
    }
  }
}

/** What a manifest states, for people and for pinning. */
export function manifestFacts(manifest: ServingManifest): Fact {
  return {
    models: manifest.models.map(({ name, digest, generation }) => ({
      name,
      kind: kindName(digest),
      digest: bytesToHex(digest?.value ?? new Uint8Array()),
      generation: Number(generation),
    })),
    routes: manifest.routes.map(({ model, upstreamKind, verified }) => ({ model, upstreamKind, verified })),
    serverSideTools: manifest.serverSideTools,
    sourceCommit: manifest.sourceCommit,
    imageDigest: bytesToHex(manifest.imageDigest),
  };
}

/** Names come from the policy, whose author reads this. */
function quoted(name: string): string {
  return JSON.stringify(name);
}
