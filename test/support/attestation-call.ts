import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import {
  AttestationService,
  AttestConnectionResponseSchema,
  type Evidence,
} from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { type Protocol, transportTo } from "./rpc-client.ts";
import type { TlsAnswer, TlsCaller } from "./tls-caller.ts";

const ATTEST = "/countersign.attestation.v1.AttestationService/AttestConnection";

/** A client of AttestationService that presents no token. */
export function attestationClient(
  url: string,
  protocol: Protocol = "connect",
  httpVersion: "1.1" | "2" = "2",
): Client<typeof AttestationService> {
  return createClient(AttestationService, transportTo(url, protocol, { token: null, httpVersion }));
}

/** How one call of AttestConnection ended. */
export interface AttestOutcome {
  /** 0 for success, else the error's gRPC code, or in Connect its HTTP status. */
  readonly failure: number;
  /** Undefined after an error. */
  readonly evidence: Evidence | undefined;
  /** What an error says. */
  readonly message: string;
}

/**
 * Calls AttestConnection on the caller's own connection. The framing of each protocol is written here by hand, since
 * clients choose their connections themselves.
 */
export async function attestOver(caller: TlsCaller, protocol: Protocol, nonce: Uint8Array): Promise<AttestOutcome> {
  // Field 1, length-delimited: the whole request message.
  const message = nonce.length === 0 ? new Uint8Array() : Uint8Array.of(0x0a, nonce.length, ...nonce);
  if (protocol === "connect") {
    const headers = { "content-type": "application/proto", "connect-protocol-version": "1" };
    const answer = await caller.ask({ path: ATTEST, headers, body: message });
    return answer.status === 200
      ? success(decode(AttestConnectionResponseSchema, answer.body).evidence)
      : { failure: answer.status, evidence: undefined, message: answer.body.toString("utf8") };
  }
  const contentType = protocol === "grpc" ? "application/grpc" : "application/grpc-web+proto";
  const headers = { "content-type": contentType, ...(protocol === "grpc" ? { te: "trailers" } : {}) };
  const body = Buffer.concat([frameHead(message.length), message]);
  return outcomeOfFrames(await caller.ask({ path: ATTEST, headers, body }));
}

function outcomeOfFrames({ headers, body, trailers }: TlsAnswer): AttestOutcome {
  let message: Buffer | undefined;
  let ending = { ...headers, ...trailers };
  for (let rest = body; rest.length > 0; ) {
    const length = rest.readUInt32BE(1);
    const content = rest.subarray(5, 5 + length);
    // gRPC-Web puts the trailers into a last frame of their own.
    if (((rest[0] ?? 0) & 0x80) === 0) message = content;
    else ending = { ...ending, ...fieldsOf(content.toString("latin1")) };
    rest = rest.subarray(5 + length);
  }
  const failure = Number(ending["grpc-status"]);
  if (failure === 0 && message !== undefined) return success(decode(AttestConnectionResponseSchema, message).evidence);
  return { failure, evidence: undefined, message: decodeURIComponent(String(ending["grpc-message"])) };
}

function success(evidence: Evidence | undefined): AttestOutcome {
  if (evidence === undefined) throw new Error("the answer holds no evidence");
  return { failure: 0, evidence, message: "" };
}

function decode<T extends DescMessage>(schema: T, bytes: Uint8Array): MessageShape<T> {
  return fromBinary(schema, bytes);
}

function frameHead(length: number): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(length, 1);
  return head;
}

function fieldsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split("\r\n")
      .filter((line) => line !== "")
      .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
}
