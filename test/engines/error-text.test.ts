import { describe, expect, it } from "vitest";
import { sanitiseErrorText } from "../../src/engines/error-text.ts";
import { sharedVectors } from "../support/shared-vectors.ts";

const PLACEHOLDER = "  (validation error)";

interface NearFile {
  readonly sanitiser: readonly { readonly name: string; readonly upstream_message: string; readonly message: string }[];
}

const near = sharedVectors<NearFile>("near.json");

/** Where this gateway differs from the one that made the answers, on purpose. */
const DIFFERENT: Readonly<Record<string, { defect: string; message: string }>> = {
  "pydantic-v2-no-type": { defect: "H06: input_type=str is not the error's type", message: "  Bad value" },
};

describe.skipIf(near === undefined)("answers of another gateway (H07, H09)", () => {
  it.each(near?.sanitiser ?? [])("$name", ({ name, upstream_message, message }) => {
    const result = sanitiseErrorText(upstream_message);
    expect(result).not.toContain("SECRET");
    expect(result, DIFFERENT[name]?.defect).toBe(DIFFERENT[name]?.message ?? message);
  });

  it("has all the answers that differ", () => {
    const names = near?.sanitiser.map(({ name }) => name) ?? [];
    expect(Object.keys(DIFFERENT).filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe("text without an echo", () => {
  it.each([
    "This model's maximum context length is 2048 tokens. However, you requested 4096 tokens.",
    "max_tokens must be at least 1, got -5.",
    "POST /v1/chat/completions\nGET /v1/models",
    "the input: was not good",
    "input_values=3, input type=str",
    "'inputs': 3, \"context\": 4",
    'Traceback\n  File "x.py", line 1',
    "",
    "\n\r\n",
  ])("%j is left as it is (H09)", (text) => {
    expect(sanitiseErrorText(text)).toBe(text);
  });
});

describe("an echo of the caller's input", () => {
  it.each([
    [
      "in a Python dump",
      "{'type': 'missing', 'msg': 'Field required', 'input': 'SECRET'}",
      "  missing: Field required",
    ],
    ["in JSON (H05)", '{"type":"missing","msg":"Field required","input":"SECRET"}', "  missing: Field required"],
    ["in JSON with spaces (H05)", '{ "type" : "missing", "input" : "SECRET" }', PLACEHOLDER],
    ["in a context", '{"type":"value_error","msg":"bad","ctx":{"error":"SECRET"}}', "  value_error: bad"],
    ["in JSON inside a text", '{\\"type\\":\\"missing\\",\\"input\\":\\"SECRET\\"}', PLACEHOLDER],
    ["in JSON inside JSON", '{\\\\"input\\\\":\\\\"SECRET\\\\"}', PLACEHOLDER],
    ["ahead of the type", "{'input': 'SECRET', 'type': 'missing', 'msg': 'Field required'}", PLACEHOLDER],
    ["with a type of its own", "{'input': {'type': 'SECRET', 'msg': 'SECRET'}, 'loc': ('body',)}", PLACEHOLDER],
    ["with a message of its own", "{'type': 'missing', 'input': {'msg': 'SECRET'}}", "  missing"],
    ["with a mark of its own", "{'type': 'missing', 'input': \"{'input': 'SECRET'}\"}", "  missing"],
    ["of two in one line", "[{'type': 'a', 'input': 'SECRET'}, {'type': 'b', 'input': 'SECRET'}]", "  a"],
    ["by pydantic", "Bad [type=missing, input_value='SECRET', input_type=str]", "  Bad [type=missing]"],
    ["by pydantic, no type (H06)", "Bad [input_value='SECRET', input_type=str]", "  Bad"],
    ["by pydantic, a type in it", "Bad [input_value='type=SECRET', input_type=str]", "  Bad"],
    ["by pydantic, type behind", "Bad [input_value=1, input_type=str] type=SECRET", "  Bad"],
    ["by pydantic, no bracket", "SECRET input_value=SECRET", PLACEHOLDER],
    ["by pydantic, bracket behind", "SECRET input_value=SECRET [SECRET", PLACEHOLDER],
    ["by pydantic, behind another word", "Bad subtype=9 [input_value=SECRET]", "  Bad subtype=9"],
    ["as a type alone", "Bad [input_type=SECRET]", "  Bad"],
  ])("%s does not get through", (_where, text, expected) => {
    expect(sanitiseErrorText(text)).toBe(expected);
    // Nor with lines around it, which stay.
    expect(sanitiseErrorText(`2 errors:\n${text}\nkept`).replace("\nkept", "")).toBe(`2 errors:\n${expected}`);
  });
});

describe("an echo over several lines", () => {
  const pretty = JSON.stringify(
    [{ type: "missing", loc: ["body"], msg: "Field required", input: { content: "SECRET", more: ["SECRET"] } }],
    null,
    2,
  );

  it.each([
    ["of indented JSON", pretty],
    ["of a list", '"input": [\n"SECRET",\n"SECRET"\n]'],
    ["of a string that is not closed", "'input': 'SECRET\nSECRET'"],
    ["of a string with quotes in it", `"input": "it's \\" {'\nSECRET`],
    ["with its value in the next line", '"input":\n"SECRET"'],
    ["with its colon in the next line", '"input"\n: "SECRET"'],
    ["with brackets that close too often", '"input": "x"}}, {"input": {\n"SECRET"}'],
    ["by pydantic, cut off", "Bad [type=t, input_value='SECRET\nSECRET', input_type=str]"],
  ])("%s does not get through, nor does anything behind it", (_form, text) => {
    const result = sanitiseErrorText(`1 error:\n${text}\nSECRET`);
    expect(result).not.toContain("SECRET");
    expect(result).toMatch(/^1 error:\n/);
  });

  it("ends with the line if every bracket and quote is closed in it", () => {
    expect(sanitiseErrorText("{'type': 'a', 'input': {'x': ['it\\'s', \"]\", (1, 2)]}}\nkept")).toBe("  a\nkept");
    expect(sanitiseErrorText('  "input": "x",\n  "url": "https://errors.example"')).toBe(
      `${PLACEHOLDER}\n  "url": "https://errors.example"`,
    );
  });
});

describe("the work", () => {
  it.each([
    ["marks", "'input': "],
    ["quotes", "'input"],
    ["backslashes", "\\"],
    ["spaces", " "],
    ["types", "'type':\""],
    ["words", "type="],
    ["brackets", "["],
    ["lines", "input_value=[]\n"],
  ])("on 64 KiB of %s ends", (_name, piece) => {
    // Quadratic work would take minutes here, and the test would run into its limit.
    const filler = piece.repeat(Math.ceil((64 << 10) / piece.length));
    for (const text of [`'input': ${filler}`, `${filler}'input':`, `"input"${filler}:`, `${filler}input_value=`]) {
      expect(sanitiseErrorText(text).length).toBeLessThanOrEqual(2 * text.length + 100);
    }
  });
});
