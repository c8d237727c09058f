import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { CheckFailure } from "../verdict/index.ts";

/** How many fields messages may hold. */
export interface FieldBounds {
  readonly fields: number;
  /** How many each of its fields may hold, where all of them are messages. Undefined: they are not looked into. */
  readonly fieldsInside?: number;
}

/**
 * Decodes a part of evidence that is a message of its own.
 *
 * @param bytes attacker-controlled, bounded by the caller
 * @throws CheckFailure malformed
 */
export function decodeBounded<Desc extends DescMessage>(
  part: string,
  schema: Desc,
  bytes: Uint8Array,
  bounds: FieldBounds,
): MessageShape<Desc> {
  requireFewFields(part, bytes, bounds);
  return readable(part, () => fromBinary(schema, bytes));
}

/**
 * Counts the fields of a serialised message before a decoder makes an object of each: two bytes are enough for one, so
 * a bound on bytes alone lets millions through.
 *
 * @param bytes attacker-controlled; read no further than the bounds go
 * @throws CheckFailure malformed
 */
export function requireFewFields(part: string, bytes: Uint8Array, { fields, fieldsInside }: FieldBounds): void {
  const reader = new BinaryReader(bytes);
  for (let count = 1; reader.pos < reader.len; count++) {
    if (count > fields) throw CheckFailure.malformed(`${part}: a message holds more than ${fields} fields`);
    const inner = readable(part, () => {
      const [number, wireType] = reader.tag();
      if (wireType === WireType.LengthDelimited) return reader.bytes();
      reader.skip(wireType, number);
      return undefined;
    });
    if (inner !== undefined && fieldsInside !== undefined) requireFewFields(part, inner, { fields: fieldsInside });
  }
}

/** The library's words quote what it could not read; they stay here. */
function readable<T>(part: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw CheckFailure.malformed(`${part} is not a serialised message`);
  }
}
