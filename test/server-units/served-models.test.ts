import { describe, expect, it } from "vitest";
import { servedModels } from "../../src/doors/rest/models.ts";

const own = (id: string): object => ({ id, object: "model", created: 0, owned_by: "countersign" });

function served(names: readonly string[], body: string): { object: string; data: unknown[] } {
  return JSON.parse(servedModels(names, Buffer.from(body)).toString("utf8")) as { object: string; data: unknown[] };
}

describe("the model list", () => {
  it("that holds the model alone passes byte for byte", () => {
    const body = Buffer.from(
      '{ "object":"list","data":[ {"id":"m","max_model_len":1.0,"big":18446744073709551616} ] }',
    );
    expect(servedModels(["m"], body)).toBe(body);
  });

  it("is cut down to what can be asked for", () => {
    const body = '{"object":"list","data":[{"id":"other"},{"id":"m","root":"/models/m"},{"id":"m-lora"},{"id":"M"}]}';
    expect(served(["m"], body)).toEqual({ object: "list", data: [{ id: "m", root: "/models/m" }] });
  });

  it("names the model even if the engine calls it something else", () => {
    expect(served(["m"], '{"data":[{"id":"/models/x"}]}')).toEqual({ object: "list", data: [own("m")] });
  });

  it.each([
    "",
    "not JSON",
    "null",
    "3",
    "[]",
    "{}",
    '{"data":null}',
    '{"data":{}}',
    '{"data":"m"}',
    '{"data":[]}',
    '{"data":[null,3,"m",[],{"id":["m"]},{"id":null},{}]}',
    '{"__proto__":{"data":[{"id":"m"}]}}',
  ])("%j becomes the configured names", (body) => {
    expect(served(["m"], body)).toEqual({ object: "list", data: [own("m")] });
  });

  it("keeps what is served and adds what is missing", () => {
    expect(served(["a", "b"], '{"data":[{"id":"b","x":1},{"id":"c"}]}')).toEqual({
      object: "list",
      data: [{ id: "b", x: 1 }, own("a")],
    });
  });
});
