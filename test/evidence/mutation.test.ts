import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";
import { beforeAll, describe, expect, it } from "vitest";
import { type Evidence, EvidenceSchema } from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { KeyRole, KeysetSchema } from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { judge } from "./support/judge.ts";
import { type MadeGateway, makeGateway } from "./support/made-gateway.ts";
import { meaningOf } from "./support/meaning.ts";

/** The nightly run breaks every byte; the normal one these many, and the edges of every field. */
const FULL = process.env["COUNTERSIGN_FUZZ"] === "full";
const SAMPLES = 90;

/** Where a field of the message stands: from its tag, the content from `start` on. */
interface FieldSpan {
  readonly name: string;
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

function fieldSpans(message: Uint8Array): FieldSpan[] {
  const reader = new BinaryReader(message);
  const spans: FieldSpan[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.pos;
    const [number, wireType] = reader.tag();
    const content = wireType === WireType.LengthDelimited ? reader.bytes().length : undefined;
    if (content === undefined) reader.skip(wireType, number);
    const name = EvidenceSchema.fields.find((field) => field.number === number)?.name ?? "unknown";
    spans.push({ name, tag, start: content === undefined ? tag + 1 : reader.pos - content, end: reader.pos });
  }
  return spans;
}

let gateway: MadeGateway;
let policy: Partial<Policy>;
let message: Uint8Array;
let meaning: string;
beforeAll(async () => {
  // Keys whose custody takes its time are bound as bytes like all others: the normal run does without them.
  const onlyTls = (own: Uint8Array): Uint8Array => {
    const keyset = fromBinary(KeysetSchema, own);
    return toBinary(KeysetSchema, { ...keyset, keys: keyset.keys.filter(({ role }) => role === KeyRole.TLS) });
  };
  gateway = await makeGateway({
    gpus: FULL ? 1 : 0,
    ...(FULL ? {} : { keyset: onlyTls }),
    machine: { quote: { trailer: new Uint8Array(40) } },
  });
  policy = FULL ? {} : { kms: DEFAULT_POLICY.kms };
  const evidence = await gateway.evidence();
  message = toBinary(EvidenceSchema, evidence);
  meaning = meaningOf(evidence);
});

function decoded(bytes: Uint8Array): Evidence | undefined {
  try {
    return fromBinary(EvidenceSchema, bytes);
  } catch {
    return undefined;
  }
}

/** The evidence if a verifier accepts it. */
async function accepted(bytes: Uint8Array): Promise<Evidence | undefined> {
  const evidence = decoded(bytes);
  if (evidence === undefined) return undefined;
  const { verdict } = await judge(gateway, { evidence, policy });
  const fault = verdict.checks.find(({ remedy }) => remedy === "report this as a bug");
  if (fault !== undefined) throw new Error(`${fault.id} ended in a fault of the verifier`);
  return verdict.result === "accepted" ? evidence : undefined;
}

function changed(position: number, mask: number): Uint8Array {
  const copy = message.slice();
  copy[position] = (copy[position] ?? 0) ^ mask;
  return copy;
}

/** Tags, lengths, first and last bytes, and every so many bytes in between. */
function positions(): number[] {
  if (FULL) return [...message.keys()];
  const stride = Math.ceil(message.length / SAMPLES);
  const edges = fieldSpans(message).flatMap(({ tag, start, end }) => [tag, tag + 1, start - 1, start, end - 1]);
  const between = Array.from({ length: SAMPLES }, (_, index) => index * stride).filter((at) => at < message.length);
  return [...new Set([...edges, ...between])];
}

describe("serialised evidence with any one byte changed", { timeout: FULL ? 3_600_000 : 30_000 }, () => {
  it("is accepted as it is", async () => {
    expect(await accepted(message)).toBeDefined();
    expect(fieldSpans(message).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["keyset", "manifest", "nonce", "quote", "event_log", "collateral", "app_compose"]),
    );
  });

  it("is refused, or means the same", async () => {
    const wrong: string[] = [];
    for (const [index, position] of positions().entries()) {
      const evidence = await accepted(changed(position, 1 << (index % 8)));
      if (evidence === undefined || meaningOf(evidence) === meaning) continue;
      wrong.push(`${fieldSpans(message).find(({ end }) => position < end)?.name} at ${position}, bit ${index % 8}`);
    }
    expect(wrong).toEqual([]);
  });

  /** One byte of what is documented to mean nothing: where it stands, and how it changes. */
  const spanOf = (name: string): FieldSpan => {
    const span = fieldSpans(message).find((each) => each.name === name);
    if (span === undefined) throw new Error(`no field ${name}`);
    return span;
  };
  /** Where the first match of a text in a field ends. */
  const found = (name: string, what: RegExp): number => {
    const { start, end } = spanOf(name);
    const match = what.exec(Buffer.from(message.subarray(start, end)).toString("latin1"));
    return start + (match?.index ?? 0) + (match?.[0].length ?? 0) - 1;
  };
  it.each<[string, () => number, number]>([
    ["vm_config", () => spanOf("vm_config").start, 0xff],
    ["time at which it was made", () => spanOf("created").start + 1, 0x01],
    ["fresh", () => spanOf("fresh").start, 0x01],
    ["simulated", () => spanOf("simulated").start, 0x01],
    ["white space of PEM in the quote", () => found("quote", /-----\n/), 0x0a ^ 0x20],
    ["white space of PEM in the collateral", () => found("collateral", /-----\\n/), 0x6e ^ 0x72],
    ["case of a digit in the collateral", () => found("collateral", /"pck_crl":"[0-9]*[a-f]/), 0x20],
    ["case of a digit in the event log", () => found("event_log", /"event_payload":"[0-9]+[a-f]/), 0x20],
    ["tag of the compose document", () => spanOf("app_compose").tag, 0x10],
  ])("means the same with another %s", async (_, position, mask) => {
    const evidence = await accepted(changed(position(), mask));
    expect(evidence && meaningOf(evidence) === meaning).toBe(true);
  });
});
