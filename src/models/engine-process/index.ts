export { customTemplate } from "./custom-template.ts";
export { demoTemplate } from "./demo-template.ts";
export {
  ARGUMENT_NAMES,
  type EngineArguments,
  isArgumentName,
  readArgument,
  TASKS,
  type Task,
} from "./engine-argument.ts";
export {
  type EngineCommand,
  EngineCommandError,
  type EngineCommandInput,
  type EngineTemplate,
} from "./engine-command.ts";
export { engineEnvironment, MARK_VARIABLE } from "./engine-environment.ts";
export {
  type EngineExit,
  type EngineProcess,
  type EngineProcessOptions,
  startEngineProcess,
} from "./engine-process.ts";
export { type EngineRecords, engineRecords } from "./engine-record.ts";
export { ENGINE_HOST, freePort } from "./free-port.ts";
export { llamaCppTemplate } from "./llama-cpp-template.ts";
export { progressOf } from "./load-progress.ts";
export { MAX_LINE_BYTES, OutputLines } from "./output-lines.ts";
export { OutputTail } from "./output-tail.ts";
export { groupGone, signalGroup } from "./process-group.ts";
export { causeRank, plainCause } from "./root-cause.ts";
export { sglangTemplate } from "./sglang-template.ts";
export { vllmTemplate } from "./vllm-template.ts";
