import { randomUUID } from "node:crypto";
import type { Segment } from "./choice.ts";
import { DemoError } from "./errors.ts";
import { isRecord } from "./fields.ts";
import { writeJson } from "./json-schema-writer.ts";
import type { Question } from "./language/index.ts";
import type { Random } from "./random.ts";
import { SchemaError } from "./schema-error.ts";
import type { Tool } from "./tool-choice.ts";
import { createValueHints, placesIn } from "./value-hints.ts";

/** The most calls made in one answer. */
const MAX_CALLS = 8;

/** Plans calls: one for each tool, or one for each place that the message names when the tool asks for a place. */
export function planToolCalls(
  tools: readonly Tool[],
  parallel: boolean,
  question: Question,
  sentence: () => string,
  random: Random,
): Segment[] {
  const calls = tools.flatMap((tool): { tool: Tool; place: string | undefined }[] => {
    const places = asksForPlace(tool) ? placesIn(question.text) : [];
    return places.length > 1 ? places.map((place) => ({ tool, place })) : [{ tool, place: undefined }];
  });
  return calls.slice(0, parallel ? MAX_CALLS : 1).map(({ tool, place }) => ({
    kind: "tool",
    id: `chatcmpl-tool-${randomUUID().replaceAll("-", "")}`,
    name: tool.name,
    arguments: writeArguments(tool, createValueHints(question, sentence, random, place), random),
  }));
}

function writeArguments(tool: Tool, suggest: ReturnType<typeof createValueHints>, random: Random): string {
  try {
    const schema = "type" in tool.parameters ? tool.parameters : { ...tool.parameters, type: "object" };
    return JSON.stringify(writeJson(schema, random, suggest));
  } catch (error) {
    if (error instanceof SchemaError) throw DemoError.badRequest(error.message, "tools");
    throw error;
  }
}

function asksForPlace({ parameters }: Tool): boolean {
  const properties = isRecord(parameters.properties) ? parameters.properties : {};
  return Object.keys(properties).some((name) => /city|location|place|town/i.test(name));
}
