export { verify, verifyHelp } from "./verify.ts";
