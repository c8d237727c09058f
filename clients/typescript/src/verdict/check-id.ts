/** Who can act when a check does not hold. */
export type Responsible = "caller" | "operator" | "platform" | "policy author";

interface CheckDescription {
  /** What holds when the check passes, one sentence. */
  readonly holds: string;
  /** Who can usually fix it. */
  readonly responsible: Responsible;
  /**
   * Whether a policy may waive it. Only judgements can be waived; a link of the proof cannot, because everything after
   * it would hang in the air.
   */
  readonly waivable: boolean;
}

const link = (holds: string, responsible: Responsible): CheckDescription => ({ holds, responsible, waivable: false });
const judgement = (holds: string, responsible: Responsible): CheckDescription => ({
  holds,
  responsible,
  waivable: true,
});

/**
 * Every check a verdict can hold. The ids are stable and the same in every language; the set is closed, and a policy
 * that names an id outside it is refused.
 */
export const CHECKS = {
  "quote.format": link("The quote's bytes are a quote of version 4 or 5, exactly.", "operator"),
  "quote.header": link(
    "The quote is a TDX quote with an ECDSA P-256 attestation key, by Intel's quoting enclave.",
    "operator",
  ),
  "collateral.format": link("The collateral is complete and of the known shape.", "operator"),
  "quote.chain": link(
    "The platform's certificate chain ends in a trusted root, with every certificate in its role.",
    "platform",
  ),
  "collateral.chain": link(
    "The signer of the collateral is the TCB signing certificate of a trusted root.",
    "operator",
  ),
  "quote.revocation": judgement(
    "Both revocation lists are genuine and current, and list nothing of this chain.",
    "platform",
  ),
  "collateral.signature": link("TCB info and enclave identity are signed, over their exact text.", "operator"),
  "collateral.window": judgement("The collateral is valid at the moment of verification.", "operator"),
  "collateral.age": judgement("The collateral is as recent as the policy asks.", "operator"),
  "quote.qe_report": link("The platform's certificate signed the quoting enclave's report.", "platform"),
  "quote.ak_binding": link("The quoting enclave vouches for the attestation key.", "platform"),
  "quote.signature": link("The attestation key signed exactly these bytes.", "platform"),
  "quote.qe_identity": link("The quoting enclave is the one the collateral describes.", "platform"),
  "quote.module": judgement("The TDX module is one the collateral describes.", "platform"),
  "quote.tcb": judgement("The platform's security level is one the policy accepts.", "platform"),
  "quote.debug": judgement("Neither the trust domain nor the quoting enclave can be debugged.", "operator"),
  "quote.attributes": judgement("The trust domain's attributes are the expected ones.", "operator"),
  "quote.service_td": judgement("No service trust domain is bound, or one the policy names.", "operator"),
  "platform.id": judgement("The machine is one of those the policy names.", "policy author"),
  "quote.report_data": link("The quote was made for exactly the expected 64 bytes.", "operator"),
  "measurement.mrtd": judgement("The virtual firmware is one the policy names.", "policy author"),
  "measurement.rtmr0": judgement("The machine configuration is one the policy names.", "policy author"),
  "measurement.rtmr1": judgement("The kernel is one the policy names.", "policy author"),
  "measurement.rtmr2": judgement("Command line and initial ramdisk are ones the policy names.", "policy author"),
  "measurement.rtmr3": judgement("The application register is one the policy names.", "policy author"),
  "measurement.mrseam": judgement("The TDX module's measurement is one the policy names.", "policy author"),
  "measurement.mrconfigid": judgement("The configuration id is the one the policy names.", "policy author"),
  "measurement.mrowner": judgement("The owner is the one the policy names.", "policy author"),
  "measurement.mrownerconfig": judgement("The owner's configuration is the one the policy names.", "policy author"),
  "measurement.image": judgement("MRTD and RTMR0 to RTMR2 together are one image the policy names.", "policy author"),
  "rtmr.replay": link("The boot events replay to RTMR0, RTMR1 and RTMR2 of the quote.", "operator"),
  "rtmr3.replay": link("The event log replays to RTMR3 of the quote.", "operator"),
  "rtmr3.boundary": link("The platform's events are complete, unique, and before the boundary.", "operator"),
  "compose.hash": judgement("The application's compose document is one the policy names.", "policy author"),
  "compose.images": judgement("The compose document pins every image by digest.", "operator"),
  "app.id": judgement("The application is one the policy names.", "policy author"),
  "instance.id": judgement("The instance is one the policy names.", "policy author"),
  "os.image": judgement("The operating system image is one the policy names.", "policy author"),
  key_provider: judgement("The key provider is one the policy names.", "policy author"),
  "event.extra": judgement("The application added no events after boot.", "operator"),
  "mrconfigid.binding": judgement("MRCONFIGID commits to the compose document of the event log.", "operator"),
  "key.custody": judgement("A pinned key management service issued each key to this application.", "operator"),
  "kms.binding": judgement("The key management service's two roots are attested to belong together.", "operator"),
  "evidence.format": link("The evidence is complete and of the known shape.", "operator"),
  "nonce.bound": link("The quote was made for the caller's nonce.", "operator"),
  "keyset.bound": link("The quote commits to the keyset, the devices and the manifest that were served.", "operator"),
  "keyset.format": link("The keyset keeps its rules.", "operator"),
  "gpu.format": link("Every device's evidence is of the known shape, exactly.", "operator"),
  "gpu.count": judgement("There are as many devices as the policy asks, each of them once.", "operator"),
  "gpu.chain": link("Each device's certificate chain ends in a trusted root.", "platform"),
  "gpu.signature": link("Each device signed its report.", "platform"),
  "gpu.nonce": link("Each report was made for the expected nonce.", "operator"),
  "gpu.fwid": judgement("Each device runs the firmware its certificate names.", "platform"),
  "gpu.arch": judgement("Each device is of the architecture that was stated.", "operator"),
  "gpu.versions": judgement("Driver and VBIOS are versions the policy accepts.", "operator"),
  "gpu.mode": judgement("Each device is in the mode the policy asks for.", "operator"),
  "gpu.rim.driver": judgement("The measurements match the driver's reference values.", "platform"),
  "gpu.rim.vbios": judgement("The measurements match the VBIOS reference values.", "platform"),
  "gpu.ocsp": judgement("No certificate of a device is revoked.", "platform"),
  "gpu.nras": judgement("NVIDIA's attestation service vouches for each device.", "platform"),
  "gpu.bound": link("The devices' reports belong to this quote.", "operator"),
  "tls.version": link("The connection is TLS 1.3, freshly negotiated and not resumed.", "operator"),
  "tls.certificate": link(
    "The leaf certificate is well-formed and valid now, for the name that was dialled.",
    "operator",
  ),
  "tls.profile": link("The leaf carries evidence in exactly one known form.", "operator"),
  "tls.report_data": link("The quote commits to the leaf's key.", "operator"),
  "tls.channel": link("The quote commits to this very connection.", "operator"),
  "tls.keyset": link("The leaf's key is in the attested keyset.", "operator"),
  "model.digest": judgement("Each model the policy names is served with the digest it names.", "operator"),
  "manifest.routes": judgement("Every route is verified before a prompt leaves, or allowed by the policy.", "operator"),
  simulation: link("The evidence is not simulated, or the caller allows simulation and names its root.", "caller"),
} as const satisfies Record<string, CheckDescription>;

/** Id of a check. */
export type CheckId = keyof typeof CHECKS;

/** Whether a text is the id of a check. */
export function isCheckId(text: string): text is CheckId {
  return Object.hasOwn(CHECKS, text);
}
