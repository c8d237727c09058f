import type { EngineArgumentName } from "../../config/index.ts";
import { GatewayError } from "../../errors/index.ts";
import {
  type EngineArguments,
  type EngineTemplate,
  isArgumentName,
  readArgument,
  type Task,
} from "../engine-process/index.ts";
import type { LoadSpec } from "./load-spec.ts";
import type { ModelDigest } from "./model-digest.ts";

/** A load as a door hands it over: every text in it comes from outside. */
export interface LoadRequest {
  /** Name callers will use. */
  readonly model: string;
  /** Directory within the models directory. Undefined or empty: named like the model. */
  readonly source?: string | undefined;
  readonly task: Task;
  readonly arguments: Readonly<Record<string, string>>;
  readonly expectedDigest?: ModelDigest | undefined;
  /** Models to load beside a model that generates. Undefined: the other instances are left alone. */
  readonly sidecars?: { readonly embed?: string | undefined; readonly rerank?: string | undefined } | undefined;
}

/** A name callers use: it stands on a command line, in signed texts and in logs. */
const MODEL_NAME = /^(?!countersign\.)[A-Za-z0-9][A-Za-z0-9._/:@-]{0,255}$/;
/** More arguments than there are names are never looked at. */
const MAX_ARGUMENTS = 64;

/** Throws `invalid_request` unless `name` can name a model. */
export function requireModelName(name: string, param = "model"): string {
  if (MODEL_NAME.test(name)) return name;
  const accepts = "1 to 256 letters, digits or any of . _ / : @ -, beginning with a letter or digit";
  throw new GatewayError("invalid_request", `${param}: is not a model's name. Accepted: ${accepts}`, { param });
}

/**
 * Checks a load against the engine and the operator's allow-list, and fills in what it leaves out.
 *
 * @throws GatewayError `invalid_request`
 */
export function normaliseLoad(
  request: LoadRequest,
  template: EngineTemplate,
  allowed: ReadonlySet<EngineArgumentName>,
): LoadSpec {
  const model = requireModelName(request.model);
  if (!template.tasks.has(request.task)) {
    throw new GatewayError("invalid_request", `task: ${template.engine} has no ${request.task}`, { param: "task" });
  }
  const given = readArguments(request.arguments, template, allowed);
  return {
    model,
    source: request.source === undefined || request.source === "" ? model : request.source,
    arguments: { ...template.defaults(request.task, given), ...given },
    expectedDigest: request.expectedDigest,
  };
}

function readArguments(
  given: Readonly<Record<string, string>>,
  { engine, supports }: EngineTemplate,
  allowed: ReadonlySet<EngineArgumentName>,
): EngineArguments {
  const names = Object.keys(given);
  if (names.length > MAX_ARGUMENTS) throw refused("arguments", `more than ${MAX_ARGUMENTS} arguments`);
  const read: Partial<Record<EngineArgumentName, string>> = {};
  for (const name of names) {
    // An unknown name is attacker-controlled and is not repeated.
    if (!isArgumentName(name)) throw refused("arguments", "holds a name that is no argument of an engine");
    if (!supports.has(name)) throw refused(`arguments.${name}`, `${engine} does not take it`);
    if (!allowed.has(name)) throw refused(`arguments.${name}`, "the operator does not allow it");
    const outcome = readArgument(name, given[name] ?? "");
    if ("accepts" in outcome) throw refused(`arguments.${name}`, `Accepted: ${outcome.accepts}`);
    read[name] = outcome.value;
  }
  return read;
}

function refused(param: string, reason: string): GatewayError {
  return new GatewayError("invalid_request", `${param}: ${reason}`, { param });
}
