import { create, type JsonObject } from "@bufbuild/protobuf";
import {
  type EmbeddingInput,
  type EmbeddingResult,
  EmbeddingResultSchema,
} from "../../gen/ts/countersign/inference/v1/embedding_pb.ts";
import { GatewayError } from "../errors/index.ts";
import { asObjects, asString, asUint32, extraFields } from "./json-fields.ts";
import { atMost, type EngineBody, invalid, promptValue, putExtras } from "./request-builder.ts";
import { usageMessage, usageRest } from "./usage.ts";

const TYPED: ReadonlySet<string> = new Set(["model", "input", "dimensions", "user", "encoding_format", "stream"]);

/** The engine's request for typed embeddings. Throws `invalid_request` with a field path. */
export function embeddingRequestBody(model: string, input: EmbeddingInput): Buffer {
  if (input.inputs.length === 0) throw invalid("inputs", "at least one is required");
  atMost("inputs", input.inputs, 2048);
  const inputs = input.inputs.map((entry, index) => promptValue(`inputs[${index}]`, entry));
  const body: EngineBody = {
    model,
    input: inputs.length === 1 ? (inputs[0] as string | number[]) : inputs,
    encoding_format: "float",
  };
  if (input.dimensions !== undefined) body["dimensions"] = input.dimensions;
  if (input.user !== "") body["user"] = input.user;
  putExtras(body, input.extras, TYPED);
  return Buffer.from(JSON.stringify(body));
}

const RESULT_FIELDS: ReadonlySet<string> = new Set(["id", "object", "data", "model", "usage", "created"]);

/** Largest single-precision float, 2^128 - 2^104: the wire carries no more. */
const MAX_FLOAT = 2 ** 128 - 2 ** 104;

function isFloat(value: unknown): boolean {
  return typeof value === "number" && Math.abs(value) <= MAX_FLOAT;
}

function vector(value: unknown): number[] {
  if (Array.isArray(value) && value.every(isFloat)) return value as number[];
  throw new GatewayError("engine_protocol", "The engine's embeddings are not arrays of single-precision numbers");
}

/** An engine's embeddings as a typed message. Throws `engine_protocol` if a vector is missing. */
export function embeddingResult(answer: JsonObject): EmbeddingResult {
  const { data } = answer;
  const entries = asObjects(data);
  if (!Array.isArray(data) || entries.length !== data.length) {
    throw new GatewayError("engine_protocol", "The engine's answer holds no list of embeddings");
  }
  const usage = usageMessage(answer["usage"]);
  const extras = { ...extraFields(answer, RESULT_FIELDS), ...usageRest(answer["usage"]) };
  return create(EmbeddingResultSchema, {
    embeddings: entries.map((entry) => ({
      index: asUint32(entry["index"]),
      values: vector(entry["embedding"]),
    })),
    id: asString(answer["id"]),
    model: asString(answer["model"]),
    ...(usage === undefined ? {} : { usage }),
    ...(Object.keys(extras).length === 0 ? {} : { extras }),
  });
}
