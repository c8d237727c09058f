import { contextTag, DerReader, readSingle, TAG } from "../der/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import { CheckFailure } from "../verdict/index.ts";
import type { Certificate } from "../x509/index.ts";
import type { Device } from "./device.ts";

const SHA384 = "2.16.840.1.101.3.4.2.2";
/** TCG DICE: the identity of the firmware a key was derived for. Hopper: key and digest. */
const DICE_FIRMWARE_ID = "2.23.133.5.4.1";
/** DiceTcbInfo, Blackwell. */
const DICE_TCB_INFO = "2.23.133.5.4.1.1";

/** Extensions of leaves that are evaluated here; TCG wants them critical. */
export const DICE_EXTENSIONS: ReadonlySet<string> = new Set([DICE_FIRMWARE_ID, DICE_TCB_INFO]);

/**
 * Whether the firmware the report names is the one the leaf's key was derived for.
 *
 * @param firmwareId as the report states it, 48 bytes
 * @throws CheckFailure, or DerError for an extension that cannot be read
 */
export function verifyFirmwareId({ leaf, chain }: Device, firmwareId: Uint8Array): void {
  const own = leaf.extensions.get(DICE_FIRMWARE_ID)?.value;
  const tcbInfo = leaf.extensions.get(DICE_TCB_INFO)?.value;
  if (own !== undefined && tcbInfo !== undefined) throw new CheckFailure("the leaf names its firmware in two forms");
  const certified =
    own !== undefined ? ownForm(own, chain[1]) : tcbInfo !== undefined ? fromTcbInfo(tcbInfo) : undefined;
  if (certified === undefined) throw new CheckFailure("the leaf certificate names no firmware");
  if (!equalBytes(certified, firmwareId)) {
    throw new CheckFailure(
      "the report names other firmware than the leaf certificate",
      "restart the device, so that its key is derived for the firmware it runs",
    );
  }
}

/** SEQUENCE { version, SubjectPublicKeyInfo of the issuer, FWID }. */
function ownForm(value: Uint8Array, issuer: Certificate | undefined): Uint8Array {
  const reader = readSingle(value, TAG.sequence, "firmware id");
  if (reader.smallInteger("firmware id version") !== 1) throw new CheckFailure("the firmware id is of another version");
  const key = reader.expect(TAG.sequence, "firmware id key");
  if (issuer === undefined || !equalBytes(key.encoded, issuer.publicKey.encoded)) {
    throw new CheckFailure("the firmware id is for another key than that of the leaf's issuer");
  }
  const digest = firmwareDigest(reader);
  reader.end("firmware id");
  return digest;
}

/** DiceTcbInfo (DICE Attestation Architecture, 6.1.1): optional members in the order of their tags; [6] is fwids. */
function fromTcbInfo(value: Uint8Array): Uint8Array | undefined {
  const reader = readSingle(value, TAG.sequence, "TCB info");
  let digest: Uint8Array | undefined;
  let previous = -1;
  while (!reader.done) {
    const { tag, content, contentOffset } = reader.element("TCB info member");
    const number = tag & 0x1f;
    if ((tag & 0xc0) !== 0x80 || number <= previous) throw CheckFailure.malformed("TCB info: members out of order");
    previous = number;
    // The first digest is the firmware's; what follows it may be zero.
    if (tag === contextTag(6, "constructed")) digest = firmwareDigest(new DerReader(content, contentOffset));
  }
  return digest;
}

function firmwareDigest(list: DerReader): Uint8Array {
  const entry = list.sequence("firmware digest");
  const algorithm = entry.oid("firmware digest algorithm");
  const digest = entry.octetString("firmware digest");
  entry.end("firmware digest");
  if (algorithm !== SHA384 || digest.length !== 48) throw new CheckFailure("the firmware digest is not SHA-384");
  return digest;
}
