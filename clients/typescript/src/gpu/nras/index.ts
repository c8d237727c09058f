export { checkServiceTokens, type ServiceTokens } from "./check.ts";
export { parseKeySet, type TokenKey } from "./key-set.ts";
export { type TokenRules, verifyToken } from "./token.ts";
