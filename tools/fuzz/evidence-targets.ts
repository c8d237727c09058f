import { readFileSync } from "node:fs";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { parseEventLog, readAppCompose, readPlatformClaims, replayEventLog } from "@countersign/client/dstack";
import { CountersignError } from "@countersign/client/errors";
import { readBundle, writeBundle } from "@countersign/client/evidence";
import { parseKeyset } from "@countersign/client/signing";
import { CheckFailure } from "@countersign/client/verdict";
import { readEvidenceParts } from "../../clients/typescript/src/evidence/evidence-parts.ts";
import {
  DeviceEvidenceSchema,
  type Evidence,
  EvidenceSchema,
  GpuEvidenceSchema,
  ServingManifestSchema,
} from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { bootRecord, DEFAULT_APP_COMPOSE, NON_ASCII_APP_COMPOSE } from "../../src/tee/simulated/event-log/index.ts";
import { MANIFEST, NONCE } from "../../test/evidence/support/made-gateway.ts";
import { makeDevice } from "../../test/support/simulated-gpu/index.ts";
import { makePlatform, NOW } from "../../test/support/simulated-platform/index.ts";
import { once } from "./seeds.ts";
import { type FuzzTarget, parser, textOf, textParser } from "./target.ts";

const VECTORS = new URL("../../test/vectors/keysets.json", import.meta.url);

interface KeysetVectors {
  readonly keysets: readonly { readonly bytes: string; readonly code: string | null }[];
}

const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "utf8"));

const keysets = once(() => {
  const { keysets: vectors }: KeysetVectors = JSON.parse(readFileSync(VECTORS, "utf8"));
  return vectors.filter(({ code }) => code === null).map(({ bytes }) => new Uint8Array(Buffer.from(bytes, "hex")));
});

const eventLogs = once(() =>
  ([1, 2] as const).map((version) => {
    const { eventLog } = bootRecord({ compose: DEFAULT_APP_COMPOSE, keyProviderId: new Uint8Array(91), version });
    return utf8(eventLog);
  }),
);

const evidence = once((): Evidence => {
  const { device } = makeDevice();
  const gpu = create(GpuEvidenceSchema, { ...device, certificates: [...device.certificates] });
  const { quote, collateral } = makePlatform();
  const [keyset = new Uint8Array()] = keysets();
  const [eventLog = new Uint8Array()] = eventLogs();
  return create(EvidenceSchema, {
    keyset,
    devices: toBinary(DeviceEvidenceSchema, create(DeviceEvidenceSchema, { gpus: [gpu] })),
    manifest: toBinary(ServingManifestSchema, MANIFEST),
    nonce: NONCE,
    quote,
    eventLog,
    vmConfig: utf8("{}"),
    collateral: utf8(collateral),
    appCompose: utf8(DEFAULT_APP_COMPOSE.text),
  });
});

const bundles = once(() => {
  const connection = { leafSpki: new Uint8Array(91), exporter: new Uint8Array(32) };
  const whole = { recordedAt: NOW, source: "https://gateway.example", evidence: evidence(), nonce: NONCE, connection };
  return [writeBundle(whole), writeBundle({ ...whole, nonce: undefined, connection: undefined })];
});

/** Everything that reads evidence of gateways and what it is about. */
export const EVIDENCE_TARGETS: readonly FuzzTarget[] = [
  parser("keyset", keysets, parseKeyset, CountersignError),
  parser("evidence-parts", () => [toBinary(EvidenceSchema, evidence())], readParts, CheckFailure),
  textParser("bundle", bundles, readBundle, CheckFailure),
  parser("event-log", eventLogs, (input) => readLog(textOf(input)), CheckFailure),
  textParser("app-compose", () => [DEFAULT_APP_COMPOSE.text, NON_ASCII_APP_COMPOSE.text], readAppCompose, CheckFailure),
];

function readLog(text: string): void {
  const entries = parseEventLog(text);
  replayEventLog(entries);
  readPlatformClaims(entries);
}

/** The message around the parts is the library's to read, and every caller's to refuse if it cannot. */
function readParts(bytes: Uint8Array): void {
  let message: Evidence;
  try {
    message = fromBinary(EvidenceSchema, bytes);
  } catch {
    throw CheckFailure.malformed("not a message");
  }
  readEvidenceParts(message);
}
