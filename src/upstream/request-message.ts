import type { UpstreamRequest } from "./interface.ts";

/** A request as bytes: `head` alone, or with the body in it when that is small. */
export interface RequestMessage {
  readonly method: string;
  readonly head: Buffer;
  readonly body: Uint8Array | undefined;
}

/** Below this size a copy is cheaper than a second buffer in the write. Bytes. */
const inlineBodyBytes = 16 * 1024;

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const originForm = /^\/[!-"$-~]*$/;
const notFieldValue = /[^\t -~\u0080-\u00ff]/;

/** Fields that decide framing or belong to one connection: what a caller passes on from elsewhere must never set them (RFC 9110 section 7.6.1). */
const ownedFields = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  "expect",
]);

/** RFC 9110 section 8.6: a request of these methods states its length even without content. */
const methodsWithContent = new Set(["POST", "PUT", "PATCH"]);

/**
 * Serialises a request (RFC 9112 sections 3 and 6). The caller may pass on values from elsewhere, so every part is checked
 * against injection here; texts name the part, never its value.
 * @throws TypeError if a part could change the message's meaning.
 */
export function encodeRequest(request: UpstreamRequest, host: string): RequestMessage {
  const { method, path, body } = request;
  if (!token.test(method) || method === "CONNECT") {
    throw new TypeError("the request method must be an HTTP token other than CONNECT");
  }
  if (!originForm.test(path)) {
    throw new TypeError('the request path must start with "/" and hold visible ASCII characters only, without "#"');
  }
  // The declared length must be the octets written, whatever an untyped caller passes: a string would count characters.
  if (body !== undefined && !(body instanceof Uint8Array)) throw new TypeError("the request body must be a Uint8Array");
  let text = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive\r\n`;
  for (const [name, value] of request.headers) {
    if (!token.test(name)) throw new TypeError("a request header name is not an HTTP token");
    if (ownedFields.has(name.toLowerCase())) {
      throw new TypeError(`the request header ${name.toLowerCase()} is set by the client itself: do not pass it`);
    }
    if (notFieldValue.test(value)) {
      throw new TypeError(`the value of request header ${name} holds a control character or one beyond Latin-1`);
    }
    text += `${name}: ${value}\r\n`;
  }
  if (body !== undefined || methodsWithContent.has(method)) text += `Content-Length: ${body?.length ?? 0}\r\n`;
  text += "\r\n";
  if (body === undefined || body.length > inlineBodyBytes) return { method, head: Buffer.from(text, "latin1"), body };
  const message = Buffer.allocUnsafe(text.length + body.length);
  message.write(text, "latin1");
  message.set(body, text.length);
  return { method, head: message, body: undefined };
}
