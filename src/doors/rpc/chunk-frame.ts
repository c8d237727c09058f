import { DIGEST_BYTES } from "../../exchange/index.ts";
import { ENVELOPE_HEADER_BYTES, writeEnvelopeHeader } from "../../rpc/index.ts";

/** Tags of the stream response's `chunk` (2), and of Chunk's `sequence` (1), `payload` (2) and `running_hash` (3). */
const TAG_CHUNK = 0x12;
const TAG_SEQUENCE = 0x08;
const TAG_PAYLOAD = 0x12;
const TAG_RUNNING_HASH = 0x1a;

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

function writeVarint(target: Buffer, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  while (rest >= 0x80) {
    target[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  target[at++] = rest;
  return at;
}

/**
 * One chunk message of a response stream, framed: envelope header, then the protobuf encoding of
 * `{ chunk: { sequence, payload, running_hash } }`. All stream responses share these field numbers. Written by hand
 * because it is made for every token; tests hold it against the generated code.
 */
export function chunkFrame(sequence: number, payload: Uint8Array, runningHash: Buffer): Buffer {
  const inner = 1 + varintBytes(sequence) + 1 + varintBytes(payload.length) + payload.length + 2 + DIGEST_BYTES;
  const message = 1 + varintBytes(inner) + inner;
  const frame = Buffer.allocUnsafe(ENVELOPE_HEADER_BYTES + message);
  writeEnvelopeHeader(frame, 0, message);
  let at = ENVELOPE_HEADER_BYTES;
  frame[at++] = TAG_CHUNK;
  at = writeVarint(frame, at, inner);
  frame[at++] = TAG_SEQUENCE;
  at = writeVarint(frame, at, sequence);
  frame[at++] = TAG_PAYLOAD;
  at = writeVarint(frame, at, payload.length);
  frame.set(payload, at);
  at += payload.length;
  frame[at++] = TAG_RUNNING_HASH;
  frame[at++] = DIGEST_BYTES;
  frame.set(runningHash, at);
  return frame;
}
