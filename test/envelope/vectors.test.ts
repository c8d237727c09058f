import { create, fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it, test } from "vitest";
import {
  type AnswerOpener,
  type AnswerSecret,
  createAnswerOpener,
  envelopeContext,
  envelopeKey,
  envelopeKeyPair,
  openRequest,
} from "../../clients/typescript/src/envelope/index.ts";
import { paddedLength } from "../../clients/typescript/src/envelope/padding.ts";
import type { CountersignError } from "../../clients/typescript/src/index.ts";
import { parseKeyset } from "../../clients/typescript/src/signing/index.ts";
import { SealedErrorSchema, SealedRequestSchema } from "../../gen/ts/countersign/envelope/v1/envelope_pb.ts";
import { bytes, callOf, envelopeFile, hex } from "./envelope-file.ts";

const { recipient_secret: secret, requests, refused_requests: refused, answers, refused_answers } = envelopeFile;
const keyset = parseKeyset(bytes(envelopeFile.keyset));
const key = envelopeKey(keyset, requests[0]?.created_unix_ms ?? 0);
const pair = await envelopeKeyPair(bytes(secret), key.publicKey);

test("the key is found in the keyset", () => {
  expect(key.id).toBe(envelopeFile.key_id);
  expect(hex(keyset.digest)).toBe(envelopeFile.keyset_digest);
});

describe("requests", () => {
  it.each(requests)("$name: opens to its input and exports its secret", async (vector) => {
    const context = envelopeContext(callOf(vector));
    expect(hex(context)).toBe(vector.context);
    const { encapsulatedKey, ciphertext } = fromBinary(SealedRequestSchema, bytes(vector.envelope));
    const opened = await openRequest(pair, context, encapsulatedKey, ciphertext);
    expect(opened?.createdUnixMs).toBe(BigInt(vector.created_unix_ms));
    expect(hex(opened?.input ?? new Uint8Array(1))).toBe(vector.input);
    expect(hex(opened?.secret ?? new Uint8Array())).toBe(vector.answer_secret);
  });

  it.each(refused)("refused: $name", async (vector) => {
    const { encapsulatedKey, ciphertext } = fromBinary(SealedRequestSchema, bytes(vector.envelope));
    expect(await openRequest(pair, bytes(vector.context), encapsulatedKey, ciphertext)).toBeUndefined();
  });
});

test.each(envelopeFile.padding)("$length bytes take $size of at least $smallest", ({ length, smallest, size }) => {
  expect(paddedLength(length, smallest)).toBe(size);
});

/** What the answers of the file are sealed under: all are to the first request. */
function answerSecret(): AnswerSecret {
  const [vector] = requests;
  if (vector === undefined) throw new Error("no request");
  const { encapsulatedKey } = fromBinary(SealedRequestSchema, bytes(vector.envelope));
  return {
    secret: bytes(vector.answer_secret),
    encapsulatedKey,
    context: bytes(vector.context),
    requestDigest: bytes(vector.request_digest),
  };
}

/** Takes chunks until one fails. */
async function read(opener: AnswerOpener, chunks: readonly string[]) {
  const contents: (string | null)[] = [];
  try {
    for (const chunk of chunks) {
      const content = await opener.take(bytes(chunk));
      contents.push(content === undefined ? null : hex(content));
    }
    opener.end();
    return { contents, code: null };
  } catch (error) {
    return { contents, code: (error as CountersignError).code };
  }
}

describe("answers", () => {
  it.each(answers)("$name", async ({ contents, chunks }) => {
    expect(await read(createAnswerOpener(answerSecret()), chunks)).toEqual({ contents, code: null });
  });

  it.each(refused_answers)("refused: $name", async ({ chunks, opened, code }) => {
    const outcome = await read(createAnswerOpener(answerSecret()), chunks);
    expect([outcome.code, outcome.contents.length]).toEqual([code, opened]);
  });

  it("an error's details open, and altered ones do not", async () => {
    const { salt, ciphertext, ...fields } = envelopeFile.error;
    const sealed = create(SealedErrorSchema, { salt: bytes(salt), ciphertext: bytes(ciphertext) });
    expect(await createAnswerOpener(answerSecret()).error(sealed)).toMatchObject(fields);
    const [chunk = ""] = answers[0]?.chunks ?? [];
    const others = [
      { salt: bytes(salt).subarray(1), ciphertext: bytes(ciphertext) },
      { salt: bytes(salt).fill(0, 0, 1), ciphertext: bytes(ciphertext) },
      { salt: bytes(salt), ciphertext: bytes(ciphertext).subarray(1) },
      { salt: bytes(chunk).subarray(0, 32), ciphertext: bytes(chunk).subarray(32) },
    ];
    for (const other of others) {
      const failing = createAnswerOpener(answerSecret()).error(create(SealedErrorSchema, other));
      await expect(failing).rejects.toMatchObject({ code: "envelope.error" });
    }
  });
});
