/** A valid response and the request method it answers. Written from the grammar of RFC 9112, not from any parser's output. */
export interface ValidResponse {
  readonly name: string;
  readonly method: string;
  readonly text: string;
  readonly status: number;
  /** Latin-1 text of the decoded body. */
  readonly body: string;
  /** The server must close the connection to end the response. */
  readonly endsWithClose?: boolean;
  /** A client may send another request on the connection. */
  readonly reusable: boolean;
}

const sse = 'data: {"choices":[{"delta":{"content":"h\xe9"}}]}\n\n';

function chunk(data: string, extension = ""): string {
  return `${data.length.toString(16)}${extension}\r\n${data}\r\n`;
}

export const validResponses: readonly ValidResponse[] = [
  {
    name: "Content-Length",
    method: "GET",
    text: 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}',
    status: 200,
    body: '{"a":1}',
    reusable: true,
  },
  {
    name: "empty body",
    method: "POST",
    text: "HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n",
    status: 200,
    body: "",
    reusable: true,
  },
  {
    name: "chunked event stream",
    method: "POST",
    text: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(sse)}${chunk(sse)}${chunk("data: [DONE]\n\n")}0\r\n\r\n`,
    status: 200,
    body: `${sse}${sse}data: [DONE]\n\n`,
    reusable: true,
  },
  {
    name: "chunk sizes in both cases, padded, with extensions, and a trailer section",
    method: "GET",
    text: `HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: Chunked\r\n\r\n000A\r\n0123456789\r\n${chunk("abcdefghijk", ';a=b;c="d e"')}0;last\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n`,
    status: 200,
    body: "0123456789abcdefghijk",
    reusable: true,
  },
  {
    name: "chunked without data",
    method: "GET",
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    status: 200,
    body: "",
    reusable: true,
  },
  {
    name: "body until close",
    method: "GET",
    text: "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end",
    status: 200,
    body: "until the end",
    endsWithClose: true,
    reusable: false,
  },
  {
    name: "HTTP/1.0 until close",
    method: "GET",
    text: "HTTP/1.0 200 OK\r\n\r\nold",
    status: 200,
    body: "old",
    endsWithClose: true,
    reusable: false,
  },
  {
    name: "HTTP/1.0 with length",
    method: "GET",
    text: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold",
    status: 200,
    body: "old",
    reusable: false,
  },
  {
    name: "Connection: close",
    method: "GET",
    text: "HTTP/1.1 200 OK\r\nConnection: Foo, Close\r\nContent-Length: 2\r\n\r\nok",
    status: 200,
    body: "ok",
    reusable: false,
  },
  {
    name: "no reason phrase",
    method: "GET",
    text: "HTTP/1.1 404 \r\nContent-Length: 2\r\n\r\nno",
    status: 404,
    body: "no",
    reusable: true,
  },
  {
    name: "no space after the status code",
    method: "GET",
    text: "HTTP/1.1 503\r\nContent-Length: 2\r\n\r\nno",
    status: 503,
    body: "no",
    reusable: true,
  },
  {
    name: "interim responses",
    method: "POST",
    text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    status: 200,
    body: "ok",
    reusable: true,
  },
  {
    name: "204",
    method: "DELETE",
    text: "HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
    status: 204,
    body: "",
    reusable: true,
  },
  {
    name: "304 without length",
    method: "GET",
    text: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n',
    status: 304,
    body: "",
    reusable: true,
  },
  {
    name: "304 that announces a body",
    method: "GET",
    text: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    status: 304,
    body: "",
    reusable: false,
  },
  {
    name: "HEAD with length",
    method: "HEAD",
    text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    status: 200,
    body: "",
    reusable: false,
  },
  {
    name: "HEAD with chunked",
    method: "HEAD",
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    status: 200,
    body: "",
    reusable: false,
  },
  {
    name: "white space, empty and Latin-1 values, repeated fields, every token character",
    method: "GET",
    text: "HTTP/1.1 200 a \t\xe4\r\nA:\t x \t\r\nEmpty:\r\nBlank:  \r\nA: y\tz\r\nL: \xe9\xff\r\n!#$%&'*+-.^_`|~09AZaz: t\r\nContent-Length: 1\r\n\r\n.",
    status: 200,
    body: ".",
    reusable: true,
  },
];
