export * as der from "./der-writer.ts";
