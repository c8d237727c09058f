import { create } from "@bufbuild/protobuf";
import {
  type ServingManifest,
  ServingManifestSchema,
} from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { digestFields, type ServedModel } from "../models/index.ts";

/** What this gateway serves now: models with their digests, through engines nobody has verified, and no tools of its own. */
export function servingManifest(models: readonly ServedModel[]): ServingManifest {
  return create(ServingManifestSchema, {
    models: models.map(({ name, digest, generation }) => ({
      name,
      digest: digestFields(digest),
      generation: BigInt(generation),
    })),
    routes: models.map(({ name: model }) => ({ model, upstreamKind: "openai", verified: false })),
    serverSideTools: false,
  });
}
