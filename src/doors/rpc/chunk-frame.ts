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

/** Below this a copy byte by byte is cheaper than making a view to copy from. */
const SHORT_BYTES = 64;

function copyInto(target: Buffer, offset: number, source: Buffer, from: number): void {
  const length = source.length - from;
  if (length > SHORT_BYTES) source.copy(target, offset, from);
  else for (let at = 0; at < length; at++) target[offset + at] = source[from + at] as number;
}

/**
 * One chunk message of a response stream, framed: envelope header, then the protobuf encoding of
 * `{ chunk: { sequence, payload, running_hash } }`. All stream responses share these field numbers. Written by hand
 * because it is made for every token; tests hold it against the generated code. `linked` is the payload behind
 * DIGEST_BYTES of space, as the transcript takes it.
 */
export function chunkFrame(sequence: number, linked: Buffer, runningHash: Buffer): Buffer {
  const length = linked.length - DIGEST_BYTES;
  const inner = 1 + varintBytes(sequence) + 1 + varintBytes(length) + length + 2 + DIGEST_BYTES;
  const message = 1 + varintBytes(inner) + inner;
  const frame = Buffer.allocUnsafe(ENVELOPE_HEADER_BYTES + message);
  writeEnvelopeHeader(frame, 0, message);
  let at = ENVELOPE_HEADER_BYTES;
  frame[at++] = TAG_CHUNK;
  at = writeVarint(frame, at, inner);
  frame[at++] = TAG_SEQUENCE;
  at = writeVarint(frame, at, sequence);
  frame[at++] = TAG_PAYLOAD;
  at = writeVarint(frame, at, length);
  copyInto(frame, at, linked, DIGEST_BYTES);
  at += length;
  frame[at++] = TAG_RUNNING_HASH;
  frame[at++] = DIGEST_BYTES;
  copyInto(frame, at, runningHash, 0);
  return frame;
}
