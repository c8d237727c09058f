import { DemoError } from "./errors.ts";
import { type Fields, isRecord, missing, optionalArray, optionalRecord, requiredString, wrongType } from "./fields.ts";
import { stem, wordsOf } from "./language/index.ts";

/** A function that the model may call. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  /** The JSON Schema of its arguments. */
  readonly parameters: Fields;
}

/** Whether, and what, to call. */
export type ToolChoice = "none" | "auto" | "required" | { readonly name: string };

const MAX_TOOLS = 128;
const NAME = /^[\w.-]{1,64}$/;
const NO_PARAMETERS: Fields = { type: "object", properties: {} };

/** Reads `tools`. Throws a BadRequestError that names the field. */
export function readTools(body: Fields): readonly Tool[] {
  const tools = optionalArray(body, "tools") ?? [];
  if (tools.length > MAX_TOOLS) throw DemoError.badRequest(`tools has more than ${MAX_TOOLS} entries.`, "tools");
  return tools.map((tool, index) => {
    const path = `tools[${index}]`;
    if (!isRecord(tool)) throw wrongType(path, "an object", tool);
    if (tool.type !== "function") throw DemoError.badRequest(`${path}.type must be "function".`, `${path}.type`);
    const definition = optionalRecord(tool, "function", `${path}.function`);
    if (definition === undefined) throw missing(`${path}.function`);
    const name = requiredString(definition, "name", `${path}.function.name`);
    if (!NAME.test(name)) {
      throw DemoError.badRequest(
        `${path}.function.name must be 1 to 64 letters, digits, "_", "-" or ".".`,
        `${path}.function.name`,
      );
    }
    const description = definition.description;
    return {
      name,
      description: typeof description === "string" ? description : "",
      parameters: optionalRecord(definition, "parameters", `${path}.function.parameters`) ?? NO_PARAMETERS,
    };
  });
}

/** Reads `tool_choice` against the tools. */
export function readToolChoice(body: Fields, tools: readonly Tool[]): ToolChoice {
  const choice = body.tool_choice ?? undefined;
  if (choice === undefined) return tools.length > 0 ? "auto" : "none";
  if (choice === "none") return "none";
  if (tools.length === 0) throw DemoError.badRequest("tool_choice needs tools to choose from.", "tool_choice");
  if (choice === "auto" || choice === "required") return choice;
  if (!isRecord(choice))
    throw DemoError.badRequest('tool_choice must be "none", "auto", "required" or an object.', "tool_choice");
  const name = optionalRecord(choice, "function", "tool_choice.function")?.name;
  if (choice.type !== "function" || typeof name !== "string" || !tools.some((tool) => tool.name === name)) {
    throw DemoError.badRequest("tool_choice must name one of the functions in tools.", "tool_choice");
  }
  return { name };
}

/** The tools to call for a message, best first; none when it should be answered in words. */
export function pickTools(
  tools: readonly Tool[],
  choice: ToolChoice,
  text: string,
  afterResults: boolean,
): readonly Tool[] {
  if (choice === "none") return [];
  if (typeof choice === "object") return tools.filter(({ name }) => name === choice.name);
  if (choice === "auto" && afterResults) return [];
  const words = new Set(wordsOf(text).map(stem));
  const ranked = tools
    .map((tool) => ({ tool, ...relevance(tool, words, text) }))
    .sort((left, right) => right.score - left.score);
  const matching = ranked.filter(({ matches }) => matches).map(({ tool }) => tool);
  if (matching.length > 0 || choice === "auto") return matching;
  return ranked.slice(0, 1).map(({ tool }) => tool);
}

function relevance(
  { name, description }: Tool,
  words: ReadonlySet<string>,
  text: string,
): { score: number; matches: boolean } {
  const named = [...new Set(wordsOf(splitName(name)).map(stem))];
  const described = [...new Set(wordsOf(description.slice(0, 2048)).map(stem))].filter((word) => !named.includes(word));
  const nameHits = named.filter((word) => words.has(word)).length;
  const descriptionHits = described.filter((word) => words.has(word)).length;
  const literal = text.includes(name) ? 4 : 0;
  const sum =
    /calc|math|arith|comput|^(?:add|sum|multipl|subtract|divid)/i.test(name) &&
    /\d\s*[-+*/^×]\s*\d|\b(?:plus|minus|times)\b/i.test(text)
      ? 3
      : 0;
  const score = literal + sum + 2 * nameHits + descriptionHits;
  return { score, matches: literal > 0 || sum > 0 || nameHits > 0 || descriptionHits > 1 };
}

function splitName(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/[_.-]+/g, " ");
}
