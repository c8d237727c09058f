export { MessageWriter } from "./message-writer.ts";
