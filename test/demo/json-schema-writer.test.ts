import { describe, expect, test } from "vitest";
import { writeJson } from "../../src/demo/json-schema-writer.ts";
import { createRandom } from "../../src/demo/random.ts";
import { SchemaError } from "../../src/demo/schema-error.ts";

const write = (schema: Record<string, unknown>, seed = 0) =>
  writeJson(schema, createRandom("schema", String(seed)), () => undefined);
/** Writes with many seeds, so that every branch has a chance. */
const writeMany = (schema: Record<string, unknown>) =>
  Array.from({ length: 60 }, (_value, seed) => write(schema, seed));

describe("a written value", () => {
  test.each([
    [{ type: "integer", minimum: 3, maximum: 5 }, (value: unknown) => [3, 4, 5].includes(value as number)],
    [{ type: "integer", exclusiveMinimum: 3, exclusiveMaximum: 5 }, (value: unknown) => value === 4],
    [{ type: "number", minimum: 0, maximum: 1 }, (value: unknown) => (value as number) >= 0 && (value as number) <= 1],
    [{ type: "number", multipleOf: 0.25, minimum: 1.1, maximum: 1.3 }, (value: unknown) => value === 1.25],
    [
      { type: "integer", multipleOf: 7, minimum: 100 },
      (value: unknown) => (value as number) % 7 === 0 && (value as number) >= 100,
    ],
    [{ type: "integer", maximum: -200 }, (value: unknown) => (value as number) <= -200],
    [{ enum: ["a", 1, null] }, (value: unknown) => ["a", 1, null].includes(value as string)],
    [{ const: { fixed: [1] } }, (value: unknown) => JSON.stringify(value) === '{"fixed":[1]}'],
    [
      { type: "string", minLength: 30, maxLength: 40 },
      (value: unknown) => (value as string).length >= 30 && (value as string).length <= 40,
    ],
    [{ type: "string", maxLength: 3 }, (value: unknown) => (value as string).length <= 3],
    [
      { type: "string", pattern: "^[A-Z]{2}-\\d{3,4}(?:x|yz)?$" },
      (value: unknown) => /^[A-Z]{2}-\d{3,4}(?:x|yz)?$/.test(value as string),
    ],
    [
      { type: "string", pattern: "^(red|green)\\s\\w+[^a-z]$" },
      (value: unknown) => /^(red|green)\s\w+[^a-z]$/.test(value as string),
    ],
    [
      { type: "string", format: "date" },
      (value: unknown) => new Date(value as string).toISOString().startsWith(value as string),
    ],
    [{ type: "string", format: "date-time" }, (value: unknown) => !Number.isNaN(Date.parse(value as string))],
    [
      { type: "string", format: "uuid" },
      (value: unknown) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/.test(value as string),
    ],
    [{ type: "string", format: "email" }, (value: unknown) => /^\S+@\S+\.\S+$/.test(value as string)],
    [
      { type: "array", items: { type: "boolean" }, minItems: 4, maxItems: 4 },
      (value: unknown) =>
        (value as unknown[]).length === 4 && (value as unknown[]).every((item) => typeof item === "boolean"),
    ],
    [
      { type: "array", items: { enum: [1, 2, 3] }, minItems: 3, uniqueItems: true },
      (value: unknown) => new Set(value as unknown[]).size === (value as unknown[]).length,
    ],
    [
      { type: "array", prefixItems: [{ type: "string" }, { type: "null" }], items: false },
      (value: unknown) =>
        typeof (value as unknown[])[0] === "string" &&
        (value as unknown[])[1] === null &&
        (value as unknown[]).length === 2,
    ],
    [{ type: ["string", "null"] }, (value: unknown) => value === null || typeof value === "string"],
    [
      { anyOf: [{ type: "integer" }, { type: "boolean" }] },
      (value: unknown) => Number.isInteger(value) || typeof value === "boolean",
    ],
    [
      {
        allOf: [
          { properties: { a: { type: "null" } }, required: ["a"] },
          { properties: { b: { const: 1 } }, required: ["b"] },
        ],
        type: "object",
      },
      (value: unknown) => JSON.stringify(value) === '{"a":null,"b":1}',
    ],
    [
      { type: "object", required: ["x"], additionalProperties: { type: "integer" } },
      (value: unknown) => Number.isInteger((value as { x: unknown }).x),
    ],
    [
      { type: "object", minProperties: 3, additionalProperties: { type: "null" } },
      (value: unknown) => Object.keys(value as object).length >= 3,
    ],
  ])("conforms to %j", (schema, holds) => {
    for (const value of writeMany(schema)) expect(holds(value), JSON.stringify(value)).toBe(true);
  });

  test("follows references, also through allOf beside anyOf", () => {
    const schema = {
      $defs: { name: { type: "string", minLength: 2 }, base: { properties: { id: { const: 7 } }, required: ["id"] } },
      type: "object",
      properties: { name: { $ref: "#/$defs/name" } },
      required: ["name"],
      allOf: [{ $ref: "#/$defs/base" }],
      anyOf: [
        { properties: { kind: { const: "x" } }, required: ["kind"] },
        { properties: { kind: { const: "y" } }, required: ["kind"] },
      ],
    };
    for (const value of writeMany(schema)) {
      expect(value).toMatchObject({ id: 7, name: expect.any(String), kind: expect.stringMatching(/^[xy]$/) });
    }
  });

  test("ends recursive structures", () => {
    const tree = {
      type: "object",
      properties: { value: { type: "integer" }, children: { type: "array", items: { $ref: "#" } } },
      required: ["value", "children"],
    };
    for (const value of writeMany(tree))
      expect(value).toMatchObject({ value: expect.any(Number), children: expect.any(Array) });
    const list = {
      type: "object",
      properties: { next: { anyOf: [{ $ref: "#" }, { type: "null" }] } },
      required: ["next"],
    };
    for (const value of writeMany(list)) expect(JSON.stringify(value)).toMatch(/null/);
  });

  test("leaves optional properties out sometimes and undeclared ones always", () => {
    const written = writeMany({
      type: "object",
      properties: { a: { type: "null" }, b: { type: "null" } },
      required: ["a"],
      additionalProperties: false,
    });
    const keys = new Set(written.map((value) => Object.keys(value as object).join()));
    expect(keys).toEqual(new Set(["a", "a,b"]));
  });

  test("treats __proto__ as a name like any other", () => {
    const value = write({ type: "object", required: ["__proto__"], additionalProperties: { type: "integer" } });
    expect(JSON.stringify(value)).toMatch(/^\{"__proto__":\d/);
  });
});

describe("refuses", () => {
  test.each([
    [{ type: "object", properties: { a: { $ref: "#" } }, required: ["a"] }, /recurses|more than/],
    [{ $ref: "#/$defs/missing" }, /points nowhere/],
    [{ $ref: "https://example.com/schema" }, /inside the schema/],
    [{ $ref: "#" }, /circle/],
    [{ type: "text" }, /type/],
    [{ type: "integer", minimum: 5, maximum: 4 }, /no value satisfies/],
    [{ type: "array", minItems: 1_000_000, items: {} }, /more than/],
    [{ type: "string", minLength: 1e9 }, /length/],
    [{ type: "string", pattern: "(?=a)b" }, /look-around/],
    [{ type: "string", pattern: "(a{9999}){9999}" }, /too long/],
    [{ type: "string", pattern: `${"(".repeat(40)}a${")".repeat(40)}` }, /nests/],
    [{ enum: [] }, /empty enum/],
    [{ not: {} }, /"not"/],
  ])("%j", (schema, reason) => {
    expect(() => write(schema)).toThrow(SchemaError);
    expect(() => write(schema)).toThrow(reason);
  });
});
