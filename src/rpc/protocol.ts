/** The three wire protocols of a streaming call. */
export type RpcProtocol = "connect" | "grpc" | "grpc-web";

/** What a content type says about a streaming call. */
export interface RpcContentType {
  readonly protocol: RpcProtocol;
  readonly json: boolean;
}

/** Content types of streaming calls, without parameters. */
const CONTENT_TYPES: ReadonlyMap<string, RpcContentType> = new Map([
  ["application/connect+proto", { protocol: "connect", json: false }],
  ["application/connect+json", { protocol: "connect", json: true }],
  ["application/grpc", { protocol: "grpc", json: false }],
  ["application/grpc+proto", { protocol: "grpc", json: false }],
  ["application/grpc+json", { protocol: "grpc", json: true }],
  ["application/grpc-web", { protocol: "grpc-web", json: false }],
  ["application/grpc-web+proto", { protocol: "grpc-web", json: false }],
  ["application/grpc-web+json", { protocol: "grpc-web", json: true }],
]);

/** The protocol of a streaming call; undefined for anything else. The header is attacker-controlled. */
export function rpcContentType(header: string | undefined): RpcContentType | undefined {
  if (header === undefined) return undefined;
  const end = header.indexOf(";");
  return CONTENT_TYPES.get((end === -1 ? header : header.slice(0, end)).trim().toLowerCase());
}
