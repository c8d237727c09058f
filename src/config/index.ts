export type {
  Config,
  EngineAddress,
  EngineArgumentName,
  EngineKind,
  IneffectiveVariable,
  LogLevel,
  Mode,
  SettingPath,
  Settings,
  SignatureText,
  UnknownVariable,
  WhenNotLoaded,
} from "./config.ts";
export { ConfigError, type ConfigErrorCode, type ConfigProblem } from "./config-error.ts";
export { type ExplainedSetting, type Explanation, explainConfig, formatExplanation } from "./explain.ts";
export { configHelp } from "./help.ts";
export { type ConfigInput, loadConfig } from "./load-config.ts";
export { describeSource, type Source } from "./source.ts";
export type { FileRead, ReadFile } from "./sources/read-file.ts";
