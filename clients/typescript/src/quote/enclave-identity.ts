import { JsonObject } from "./json-object.ts";
import { parseStrictJson } from "./strict-json.ts";
import { type DocumentWindow, readWindow, requireDocument } from "./tcb-info.ts";
import { type IsvLevel, MAX_LEVELS, readIsvLevel } from "./tcb-level.ts";

/** Intel's word on its quoting enclave: `TD_QE`, version 2. */
export interface EnclaveIdentity extends DocumentWindow {
  /** 4 bytes, and the mask that says which of their bits count. */
  readonly miscselect: Uint8Array;
  readonly miscselectMask: Uint8Array;
  /** 16 bytes, and their mask. */
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
  /** 32 bytes. */
  readonly mrsigner: Uint8Array;
  readonly isvprodid: number;
  readonly levels: readonly IsvLevel[];
}

/**
 * @param text attacker-controlled until its signature has been verified
 * @throws CheckFailure malformed; not malformed for a document of another kind or version
 */
export function parseEnclaveIdentity(text: string): EnclaveIdentity {
  const document = new JsonObject(parseStrictJson(text, "qe_identity"), "qe_identity");
  requireDocument(document, "TD_QE", 2);
  return {
    ...readWindow(document),
    miscselect: document.hex("miscselect", 4),
    miscselectMask: document.hex("miscselectMask", 4),
    attributes: document.hex("attributes", 16),
    attributesMask: document.hex("attributesMask", 16),
    mrsigner: document.hex("mrsigner", 32),
    isvprodid: document.integer("isvprodid", 0xffff),
    levels: document
      .list("tcbLevels", MAX_LEVELS)
      .map((value) => readIsvLevel(new JsonObject(value, "qe_identity.tcbLevels[]"))),
  };
}
