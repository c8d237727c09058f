export { models, modelsHelp } from "./models.ts";
