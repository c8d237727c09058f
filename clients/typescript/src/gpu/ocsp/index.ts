export { checkRevocation } from "./check.ts";
export { type OcspResponse, parseOcspResponse, type SingleResponse } from "./response.ts";
export { type OcspQuestion, verifyOcspResponse } from "./verify.ts";
