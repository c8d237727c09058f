import type { Engine } from "./engine.ts";
import { DemoError } from "./errors.ts";
import { type Fields, optionalString } from "./fields.ts";
import { sendJson } from "./json-response.ts";
import type { Call } from "./router.ts";

export function handleModels({ engine, response }: Call): void {
  sendJson(response, 200, { object: "list", data: [describeModel(engine)] });
}

/** `encoded` is the rest of the path, as the caller sent it. */
export function handleModel({ engine, response }: Call, encoded: string): void {
  if (encoded !== engine.options.model && encoded !== encodeURIComponent(engine.options.model)) throw unknownModel();
  sendJson(response, 200, describeModel(engine));
}

/** Checks the `model` of a request; like vLLM, a request that names none gets the model there is. */
export function checkModel(engine: Engine, body: Fields): void {
  const model = optionalString(body, "model");
  if (model !== undefined && model !== engine.options.model) throw unknownModel();
}

function describeModel({ options, created }: Engine): object {
  return {
    id: options.model,
    object: "model",
    created,
    owned_by: "countersign-demo",
    root: options.model,
    parent: null,
    max_model_len: options.maxModelLength,
    permission: [],
  };
}

function unknownModel(): DemoError {
  return new DemoError(
    "NotFoundError",
    "The requested model does not exist. GET /v1/models lists the one that does.",
    "model",
  );
}
