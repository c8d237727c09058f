export { FAMILIES, type Family, familyOf } from "./family.ts";
export { type RenderOptions, renderVerdict } from "./render-verdict.ts";
export { verdictJson } from "./verdict-json.ts";
