export { keptFile, unreadableState } from "./kept-file.ts";
export { textFields } from "./text-fields.ts";
