export type { VerifyingFetchOptions } from "./options.ts";
export { createVerifyingFetch } from "./verifying-fetch.ts";
