import { create } from "@bufbuild/protobuf";
import {
  type ServingManifest,
  ServingManifestSchema,
} from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { ModelDigestKind } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";

/**
 * What this gateway serves: models whose bytes nobody has measured, through engines nobody has verified, and no tools
 * of its own. The manifest says exactly that.
 */
export function servingManifest(models: readonly string[]): ServingManifest {
  return create(ServingManifestSchema, {
    models: models.map((name) => ({ name, digest: { kind: ModelDigestKind.NONE }, generation: 1n })),
    routes: models.map((model) => ({ model, upstreamKind: "openai", verified: false })),
    serverSideTools: false,
  });
}
