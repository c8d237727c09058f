import { countPromptTokens } from "./context-length.ts";
import { cosine, embedText } from "./embedding-vector.ts";
import type { Engine } from "./engine.ts";
import { DemoError } from "./errors.ts";
import { type Fields, isRecord, missing, optionalArray, optionalInteger, requiredString, wrongType } from "./fields.ts";
import { sendJson } from "./json-response.ts";
import { stem, wordsOf } from "./language/index.ts";
import { checkModel } from "./models.ts";
import { responseId } from "./response-id.ts";
import type { Call } from "./router.ts";

const MAX_DOCUMENTS = 2048;
const DIMENSIONS = 512;

/** `POST /v1/rerank` and its aliases: documents by relevance to a query, best first. */
export function handleRerank({ engine, request, response, body }: Call): void {
  checkModel(engine, body);
  const query = requiredString(body, "query");
  const documents = readTexts(body, "documents");
  const top = optionalInteger(body, "top_n", 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const tokens = countAll(engine, [query, ...documents], "documents");
  const results = documents.map((text, index) => ({
    index,
    document: { text },
    relevance_score: relevance(query, text),
  }));
  results.sort((left, right) => right.relevance_score - left.relevance_score || left.index - right.index);
  sendJson(response, 200, {
    id: responseId("rerank", request),
    model: engine.options.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    results: top === 0 ? results : results.slice(0, top),
  });
}

/** `POST /v1/score` and `/score`: the relevance of pairs; one text against many, or lists of the same length. */
export function handleScore({ engine, request, response, body }: Call): void {
  checkModel(engine, body);
  const left = readTexts(body, "text_1");
  const right = readTexts(body, "text_2");
  if (left.length !== 1 && left.length !== right.length) {
    throw DemoError.badRequest("text_1 must be one text, or as many as text_2.", "text_1");
  }
  const tokens = countAll(engine, [...left, ...right], "text_2");
  const data = right.map((text, index) => ({
    index,
    object: "score",
    score: relevance(left[left.length === 1 ? 0 : index] ?? "", text),
  }));
  sendJson(response, 200, {
    id: responseId("score", request),
    object: "list",
    created: Math.floor(Date.now() / 1000),
    model: engine.options.model,
    data,
    usage: { prompt_tokens: tokens, total_tokens: tokens, completion_tokens: 0, prompt_tokens_details: null },
  });
}

/** From 0 to 1: how many of the query's words the document has, and how near their embeddings are. */
function relevance(query: string, document: string): number {
  const wanted = new Set(wordsOf(query).map(stem));
  const found = new Set(wordsOf(document).map(stem));
  const covered = wanted.size === 0 ? 0 : [...wanted].filter((word) => found.has(word)).length / wanted.size;
  const near = cosine(embedText(query, DIMENSIONS, DIMENSIONS), embedText(document, DIMENSIONS, DIMENSIONS));
  return 1 / (1 + Math.exp(-(5 * covered + 4 * near - 3.5)));
}

function readTexts(body: Fields, key: string): string[] {
  if (typeof body[key] === "string") return [body[key]];
  const texts = optionalArray(body, key);
  if (texts === undefined) throw missing(key);
  if (texts.length === 0 || texts.length > MAX_DOCUMENTS) {
    throw DemoError.badRequest(`${key} must have 1 to ${MAX_DOCUMENTS} entries.`, key);
  }
  return texts.map((entry, index) => {
    const text = isRecord(entry) ? entry.text : entry;
    if (typeof text === "string") return text;
    throw wrongType(`${key}[${index}]`, "a string", entry);
  });
}

function countAll(engine: Engine, texts: readonly string[], param: string): number {
  return texts.reduce((sum, text) => sum + countPromptTokens(engine, text, param), 0);
}
