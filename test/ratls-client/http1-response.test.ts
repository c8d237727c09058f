import { describe, expect, it } from "vitest";
import { parseHttp1Response } from "../../clients/typescript/src/attested/http1-response.ts";
import { CountersignError } from "../../clients/typescript/src/errors/index.ts";

const response = (head: string, body = ""): Buffer =>
  Buffer.from(`${head.replaceAll("\n", "\r\n")}\r\n\r\n${body}`, "latin1");
const TYPE = "Content-Type: application/proto";

describe("the response to an attestation over HTTP/1.1", () => {
  const plain = response(`HTTP/1.1 200 OK\n${TYPE}\nContent-Length: 4`, "body");
  const chunked = response(`HTTP/1.1 200\ntransfer-encoding: chunked\n${TYPE}`, "2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n");

  it.each([
    ["a length", plain],
    ["chunks", chunked],
  ])("is read with %s, whole or not at all", (_, bytes) => {
    expect(parseHttp1Response(bytes)).toEqual({
      status: 200,
      contentType: "application/proto",
      contentEncoding: undefined,
      body: new Uint8Array(Buffer.from("body")),
    });
    for (let length = 0; length < bytes.length; length++) {
      expect(parseHttp1Response(bytes.subarray(0, length)), `${length} bytes`).toBeUndefined();
    }
  });

  it("needs no body when it is a refusal", () => {
    expect(parseHttp1Response(response("HTTP/1.1 503 Service Unavailable\nContent-Length: 9"))).toMatchObject({
      status: 503,
    });
  });

  it.each([
    ["bytes after a length", Buffer.concat([plain, Buffer.from("HTTP/1.1 200 OK")])],
    ["bytes after the last chunk", Buffer.concat([chunked, Buffer.from("x")])],
    ["a trailer", response(`HTTP/1.1 200 OK\nTransfer-Encoding: chunked`, "0\r\nA: b\r\n\r\n")],
    ["both length and chunks", response("HTTP/1.1 200 OK\nContent-Length: 4\nTransfer-Encoding: chunked", "0\r\n\r\n")],
    ["two lengths", response("HTTP/1.1 200 OK\nContent-Length: 4\nContent-Length: 4", "body")],
    ["a list of lengths", response("HTTP/1.1 200 OK\nContent-Length: 4, 4", "body")],
    ["a signed length", response("HTTP/1.1 200 OK\nContent-Length: +4", "body")],
    ["no length", response("HTTP/1.1 200 OK", "body")],
    ["another coding", response("HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked", "0\r\n\r\n")],
    ["a chunk extension", response("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", "2;a=b\r\nbo\r\n0\r\n\r\n")],
    ["a chunk of another length", response("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", "2\r\nbody\r\n0\r\n\r\n")],
    ["a chunk size that never ends", response("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", "000000000000")],
    ["a length above the limit", response("HTTP/1.1 200 OK\nContent-Length: 4194305")],
    ["chunks above the limit", response("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", "400001\r\n")],
    ["HTTP/1.0", response("HTTP/1.0 200 OK\nContent-Length: 4", "body")],
    ["a folded header", response("HTTP/1.1 200 OK\nContent-Length: 4\n folded", "body")],
    ["white space before a colon", response("HTTP/1.1 200 OK\nContent-Length : 4", "body")],
    ["a bare line feed", Buffer.from("HTTP/1.1 200 OK\r\nA: b\nc: d\r\n\r\n")],
    ["the connection's end", response("HTTP/1.1 200 OK\nConnection: close\nContent-Length: 4", "body")],
    ["headers without end", Buffer.alloc(16 * 1024 + 1, "a")],
  ])("is refused with %s", (_, bytes) => {
    expect(() => parseHttp1Response(bytes)).toThrow(CountersignError);
  });

  it("is not an interim one: that counts as a refusal", () => {
    expect(parseHttp1Response(response("HTTP/1.1 100 Continue"))?.status).toBe(100);
  });
});
