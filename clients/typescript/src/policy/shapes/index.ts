export { choice } from "./choice.ts";
export { duration } from "./duration.ts";
export { EXPIRY } from "./expiry.ts";
export { COMPRESSED_POINT, hex, hexUpTo } from "./hex.ts";
export { list } from "./list.ts";
export { type Member, members, optional, required, section } from "./members.ts";
export { FLAG, wholeNumber } from "./scalar.ts";
export { type JsonSchema, refusePolicy, refuseValue, type Shape } from "./shape.ts";
export { block, line } from "./text.ts";
