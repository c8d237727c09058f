import type { CertificateExtension } from "../../../certificates/index.ts";
import { der } from "../../../der/index.ts";

/** What a PCK certificate says about its platform (Intel's PCK certificate specification, SGX extension). */
export interface PlatformIdentity {
  /** 16 bytes. On real hardware it identifies the machine. */
  readonly ppid: Uint8Array;
  /** 16 bytes. */
  readonly platformInstanceId: Uint8Array;
  /** Sixteen SVNs of 0 to 255. */
  readonly componentSvns: readonly number[];
  readonly pceSvn: number;
  /** 16 bytes. */
  readonly cpuSvn: Uint8Array;
  /** 2 bytes. */
  readonly pceId: Uint8Array;
  /** 6 bytes. */
  readonly fmspc: Uint8Array;
}

const SGX = "1.2.840.113741.1.13.1";
/** Scalable, without integrity protection: what TDX servers are. */
const SCALABLE = 1;

/** The SGX extension: pairs of identifier and value. */
export function sgxExtension(platform: PlatformIdentity): CertificateExtension {
  const { ppid, platformInstanceId, componentSvns, pceSvn, cpuSvn, pceId, fmspc } = platform;
  const pair = (suffix: string, value: Uint8Array): Uint8Array => der.sequence(der.oid(`${SGX}.${suffix}`), value);
  const tcb = der.sequence(
    ...componentSvns.map((svn, index) => pair(`2.${index + 1}`, der.integer(svn))),
    pair("2.17", der.integer(pceSvn)),
    pair("2.18", der.octetString(cpuSvn)),
  );
  /** Dynamic platform, cached keys, simultaneous multithreading. */
  const configuration = der.sequence(...[1, 2, 3].map((item) => pair(`7.${item}`, der.boolean(true))));
  const value = der.sequence(
    pair("1", der.octetString(ppid)),
    pair("2", tcb),
    pair("3", der.octetString(pceId)),
    pair("4", der.octetString(fmspc)),
    pair("5", der.enumerated(SCALABLE)),
    pair("6", der.octetString(platformInstanceId)),
    pair("7", configuration),
  );
  return { oid: SGX, critical: false, value };
}
