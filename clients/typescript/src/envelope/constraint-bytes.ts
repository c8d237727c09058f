import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Constraints } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { lengthPrefixed, u32 } from "./binary.ts";

/**
 * Constraints as the context binds them: u32 field number ‖ LV(value) of every field that differs from its default, in
 * the order of field numbers. Not their serialisation, which no two libraries need to agree on.
 */
export function constraintBytes(constraints: Constraints | undefined): Uint8Array {
  if (constraints === undefined) return new Uint8Array();
  const { modelDigest, sessionIds } = constraints;
  const fields: (Uint8Array | undefined)[] = [
    flag(constraints.requireVerifiedUpstream),
    sessionIds.length === 0 ? undefined : concatBytes(...sessionIds.map((id) => lengthPrefixed(utf8ToBytes(id)))),
    modelDigest && concatBytes(u32(modelDigest.kind), modelDigest.value),
    flag(constraints.forbidServerSideTools),
    flag(constraints.reproducible),
    flag(constraints.requireEnvelope),
  ];
  return concatBytes(
    ...fields.flatMap((value, index) => (value === undefined ? [] : [u32(index + 1), lengthPrefixed(value)])),
  );
}

function flag(isSet: boolean): Uint8Array | undefined {
  return isSet ? Uint8Array.of(0x01) : undefined;
}
