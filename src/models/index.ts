export { type ModelDirectory, singleModel } from "./model-directory.ts";
