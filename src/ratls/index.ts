export { type LeafEvidence, type LeafEvidenceForm, makeLeafEvidence } from "./leaf-evidence.ts";
export { authorityIssuer, type LeafIssuer, selfIssuer } from "./leaf-issuer.ts";
export { generateLeafKey, type LeafKey } from "./leaf-key.ts";
export { type LeafRotation, type LeafRotationOptions, type RemintReason, startLeafRotation } from "./leaf-rotation.ts";
export { type LeafSet, mintLeafSet } from "./leaf-set.ts";
export { LEAF_LIFETIME_SECONDS, type Leaf, mintLeaf } from "./mint-leaf.ts";
export { mintedIdentity } from "./minted-identity.ts";
export { type LeafIdentity, openLeafIdentity } from "./open-leaf-identity.ts";
