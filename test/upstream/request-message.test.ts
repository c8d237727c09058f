import { expect, test } from "vitest";
import { encodeRequest } from "../../src/upstream/request-message.ts";

function encoded(method: string, path: string, headers: [string, string][], body?: Uint8Array): string {
  const message = encodeRequest({ method, path, headers, ...(body === undefined ? {} : { body }) }, "engine:8000");
  return Buffer.concat([message.head, message.body ?? Buffer.alloc(0)]).toString("latin1");
}

test("a request is the caller's fields in order between the client's own", () => {
  expect(
    encoded(
      "POST",
      "/v1/x?a=b%20c",
      [
        ["Accept", "*/*"],
        ["x-l", "\xe9\t!"],
      ],
      Buffer.from("{}"),
    ),
  ).toBe(
    "POST /v1/x?a=b%20c HTTP/1.1\r\nHost: engine:8000\r\nConnection: keep-alive\r\nAccept: */*\r\nx-l: \xe9\t!\r\nContent-Length: 2\r\n\r\n{}",
  );
});

test("the length is stated for every body and for methods that usually have one", () => {
  expect(encoded("GET", "/", [])).not.toMatch(/content-length/i);
  expect(encoded("GET", "/", [], new Uint8Array(0))).toMatch(/\r\nContent-Length: 0\r\n/);
  expect(encoded("POST", "/", [])).toMatch(/\r\nContent-Length: 0\r\n/);
});

test("a small body shares the head's buffer, a large one is not copied", () => {
  const large = new Uint8Array(16 * 1024 + 1).fill(120);
  const small = large.subarray(1);
  const request = { method: "POST", path: "/", headers: [] };
  expect(encodeRequest({ ...request, body: small }, "h").body).toBeUndefined();
  expect(encodeRequest({ ...request, body: large }, "h").body).toBe(large);
  expect(encoded("POST", "/", [], small)).toMatch(/\r\n\r\nx{16384}$/);
});

test.each([
  ["an empty method", "", "/", []],
  ["a method with a space", "GET /x", "/", []],
  ["a method with a line end", "GET\r\n", "/", []],
  ["CONNECT", "CONNECT", "/", []],
  ["an empty path", "GET", "", []],
  ["an absolute path form", "GET", "http://other/", []],
  ["an asterisk", "OPTIONS", "*", []],
  ["a path with a space", "GET", "/a HTTP/1.1", []],
  ["a path with a line end", "GET", "/a\r\nX: y", []],
  ["a path with LF at its end", "GET", "/a\n", []],
  ["a path with a fragment", "GET", "/a#b", []],
  ["a path beyond ASCII", "GET", "/\xe9", []],
  ["a path with DEL", "GET", "/\x7f", []],
  ["an empty name", "GET", "/", [["", "v"]]],
  ["a name with a colon", "GET", "/", [["a:b", "v"]]],
  ["a name with a space", "GET", "/", [["a ", "v"]]],
  ["a name with a line end", "GET", "/", [["a\r\nb", "v"]]],
  ["a name with LF at its end", "GET", "/", [["a\n", "v"]]],
  ["a value with CR", "GET", "/", [["a", "v\r"]]],
  ["a value with LF", "GET", "/", [["a", "v\nX: y"]]],
  ["a value with LF at its end", "GET", "/", [["a", "v\n"]]],
  ["a value with NUL", "GET", "/", [["a", "\0"]]],
  ["a value with DEL", "GET", "/", [["a", "\x7f"]]],
  ["a value whose low byte is LF", "GET", "/", [["a", "\u010a"]]],
  ["a value beyond Latin-1", "GET", "/", [["a", "\u20ac"]]],
] as [string, string, string, [string, string][]][])("%s is refused", (_name, method, path, headers) => {
  expect(() => encoded(method, path, headers)).toThrow(TypeError);
});

test.each([
  "Host",
  "content-length",
  "Transfer-Encoding",
  "CONNECTION",
  "Keep-Alive",
  "Proxy-Connection",
  "TE",
  "Trailer",
  "Upgrade",
  "Expect",
])("%s belongs to the client", (name) => {
  expect(() => encoded("GET", "/", [[name, "x"]])).toThrow(/set by the client itself/);
});

test("a body that is no Uint8Array is refused: its length would not be that of its octets", () => {
  for (const body of ["h\u00e9", new Uint16Array(2), [1, 2]]) {
    expect(() => encoded("POST", "/", [], body as unknown as Uint8Array)).toThrow(/Uint8Array/);
  }
});

test("an error text never repeats the value", () => {
  expect(() => encoded("GET", "/", [["authorization", "Bearer secret\n"]])).toThrow(/^(?!.*secret)/s);
});
