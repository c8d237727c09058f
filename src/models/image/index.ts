export type { ImageFormat, ModelImage } from "./model-image.ts";
export type { ModelOrigin } from "./model-origin.ts";
export { type SealedFiles, type SealRequest, type SealStage, sealModel } from "./seal-model.ts";
export { type SealedModel, sealedIdentity } from "./sealed-manifest.ts";
