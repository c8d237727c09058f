import { bytesToHex } from "@noble/hashes/utils.js";
import { CheckFailure } from "../verdict/index.ts";
import { JsonObject } from "./json-object.ts";
import { parseStrictJson } from "./strict-json.ts";
import { type IsvLevel, MAX_LEVELS, readAssessment, readIsvLevel, type TcbAssessment } from "./tcb-level.ts";

/** Who may have signed a TDX module, and which attributes it has. */
export interface ModuleSigner {
  /** 48 bytes. */
  readonly mrsigner: Uint8Array;
  /** 8 bytes, and the mask that says which of their bits count. */
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
}

/** A TDX module version with its security levels. */
export interface ModuleIdentity extends ModuleSigner {
  /** For example `TDX_01`, upper case. */
  readonly id: string;
  readonly levels: readonly IsvLevel[];
}

/** A security level of the platform. */
export interface PlatformLevel extends TcbAssessment {
  /** Least SVN of each of the 16 components. */
  readonly sgxComponents: readonly number[];
  readonly pcesvn: number;
  readonly tdxComponents: readonly number[];
}

/** When a signed document of Intel's holds, and how new its data is. */
export interface DocumentWindow {
  /** Unix seconds. */
  readonly issueDate: number;
  /** Unix seconds. */
  readonly nextUpdate: number;
  readonly tcbEvaluationDataNumber: number;
}

/** Intel's word on one kind of platform: `TDX`, version 3. */
export interface TcbInfo extends DocumentWindow {
  /** Lower-case hex, as in the platform's certificate. */
  readonly fmspc: string;
  /** Lower-case hex. */
  readonly pceid: string;
  /** For modules of version 0, which have no identity of their own. */
  readonly module: ModuleSigner;
  readonly moduleIdentities: readonly ModuleIdentity[];
  /** In the document's order, which is not relied upon. At least one. */
  readonly levels: readonly PlatformLevel[];
}

const MAX_MODULE_IDENTITIES = 64;

/**
 * @param text attacker-controlled until its signature has been verified
 * @throws CheckFailure malformed; not malformed for a document of another kind or version
 */
export function parseTcbInfo(text: string): TcbInfo {
  const document = new JsonObject(parseStrictJson(text, "tcb_info"), "tcb_info");
  requireDocument(document, "TDX", 3);
  document.integer("tcbType", 0);
  const identities = document.has("tdxModuleIdentities")
    ? document.list("tdxModuleIdentities", MAX_MODULE_IDENTITIES)
    : [];
  const levels = document.list("tcbLevels", MAX_LEVELS);
  if (levels.length === 0) throw CheckFailure.malformed("tcb_info has no TCB levels");
  return {
    ...readWindow(document),
    fmspc: bytesToHex(document.hex("fmspc", 6)),
    pceid: bytesToHex(document.hex("pceId", 2)),
    module: readModuleSigner(document.object("tdxModule")),
    moduleIdentities: identities.map((value) => readModuleIdentity(new JsonObject(value, "tdxModuleIdentities[]"))),
    levels: levels.map((value) => readPlatformLevel(new JsonObject(value, "tcbLevels[]"))),
  };
}

/** Refuses another kind of document by name; it may be perfectly well-formed. */
export function requireDocument(document: JsonObject, id: string, version: number): void {
  if (document.string("id") === id && document.integer("version", 0xffff) === version) return;
  throw new CheckFailure(
    `the collateral is not for TDX: a document ${id} of version ${version} is needed`,
    "fetch the collateral from the TDX interface of Intel's service, version 4",
  );
}

export function readWindow(document: JsonObject): DocumentWindow {
  return {
    issueDate: document.time("issueDate"),
    nextUpdate: document.time("nextUpdate"),
    tcbEvaluationDataNumber: document.integer("tcbEvaluationDataNumber", 0xffff_ffff),
  };
}

function readModuleSigner(module: JsonObject): ModuleSigner {
  return {
    mrsigner: module.hex("mrsigner", 48),
    attributes: module.hex("attributes", 8),
    attributesMask: module.hex("attributesMask", 8),
  };
}

function readModuleIdentity(identity: JsonObject): ModuleIdentity {
  return {
    ...readModuleSigner(identity),
    // Writers differ in the case of the digits.
    id: identity.string("id").toUpperCase(),
    levels: identity
      .list("tcbLevels", MAX_LEVELS)
      .map((value) => readIsvLevel(new JsonObject(value, "tdxModuleIdentities[].tcbLevels[]"))),
  };
}

function readPlatformLevel(level: JsonObject): PlatformLevel {
  const tcb = level.object("tcb");
  return {
    ...readAssessment(level),
    sgxComponents: readComponents(tcb, "sgxtcbcomponents"),
    pcesvn: tcb.integer("pcesvn", 0xffff),
    tdxComponents: readComponents(tcb, "tdxtcbcomponents"),
  };
}

function readComponents(tcb: JsonObject, name: string): number[] {
  const components = tcb.list(name, 16);
  if (components.length !== 16) throw CheckFailure.malformed(`a TCB level has not 16 ${name}`);
  return components.map((value) => new JsonObject(value, `${name}[]`).integer("svn", 0xff));
}
