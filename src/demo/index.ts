export { DEFAULT_OPTIONS, type DemoOptions } from "./options.ts";
export { type DemoServer, startDemoServer } from "./server.ts";
