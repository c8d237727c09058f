import { CHECKS, type CheckId, isCheckId } from "../verdict/check-id.ts";
import { TCB_STATUSES } from "./policy.ts";
import {
  block,
  COMPRESSED_POINT,
  choice,
  duration,
  EXPIRY,
  FLAG,
  hex,
  hexUpTo,
  line,
  list,
  members,
  optional,
  required,
  section,
  wholeNumber,
} from "./shapes/index.ts";

const DAY = 86_400;

const REASON = required(line(500), "Why, for whoever reads the verdict.");
const EXPIRES = required(EXPIRY, "Until when it counts.");

const measurement = hex("a measurement", 96);
const measurements = (about: string) => optional(list(measurement), about);

const CHECK_IDS = Object.keys(CHECKS).filter(isCheckId);
const checkId = choice(CHECK_IDS, { accepts: "the id of a check, such as quote.tcb" });
const waivableId = choice<CheckId>(
  CHECK_IDS.filter((id) => CHECKS[id].waivable),
  {
    accepts: "the id of a check that can be waived, such as quote.tcb",
    explain: (name) =>
      isCheckId(name) ? `${name} cannot be waived: it is a link of the proof, and what follows rests on it` : undefined,
  },
);

const acceptedStatus = choice(
  TCB_STATUSES.filter((status) => status !== "Revoked"),
  {
    explain: (name) =>
      name === "Revoked" ? "Revoked cannot be accepted: the platform's keys may be in anybody's hands" : undefined,
  },
);

const tcb = members({
  accepted: optional(list(acceptedStatus), "TCB statuses that are accepted. Default: UpToDate alone."),
  advisories: optional(
    list(
      members({
        id: required(line(64), "The advisory, such as INTEL-SA-00615."),
        reason: REASON,
        expires: EXPIRES,
      }),
      { least: 0, distinct: "id" },
    ),
    "Advisories tolerated when a wider status is accepted. Default: none.",
  ),
  min_evaluation_number: optional(
    wholeNumber(0, 0xffff_ffff),
    "Least tcbEvaluationDataNumber of TCB info and enclave identity. Default: any.",
  ),
});

const measured = members({
  mrtd: measurements("Accepted MRTD: the virtual firmware."),
  rtmr0: measurements("Accepted RTMR0: the machine's configuration."),
  rtmr1: measurements("Accepted RTMR1: the kernel."),
  rtmr2: measurements("Accepted RTMR2: command line and initial ramdisk."),
  rtmr3: measurements("Accepted RTMR3: the application register."),
  mrseam: measurements("Accepted MRSEAM: the TDX module."),
  mrconfigid: measurements("Accepted MRCONFIGID: what the host committed to at launch."),
  mrowner: measurements("Accepted MROWNER."),
  mrownerconfig: measurements("Accepted MROWNERCONFIG."),
  images: optional(
    list(
      members({
        name: required(line(64), "Name of the image, for verdicts."),
        mrtd: required(measurement, "Its MRTD."),
        rtmr0: required(measurement, "Its RTMR0, for one shape of machine."),
        rtmr1: required(measurement, "Its RTMR1."),
        rtmr2: required(measurement, "Its RTMR2."),
      }),
      { distinct: "name" },
    ),
    "Accepted images, each a whole row: registers of two images never mix.",
  ),
});

const root = members(
  {
    kind: required(choice(["tdx", "gpu", "tls"]), "What the root is trusted for, and nothing else."),
    fingerprint: required(hex("a SHA-256", 64), "SHA-256 of the certificate's DER; it must be that of the PEM."),
    simulated: required(FLAG, "Whether it belongs to a simulated TEE."),
    pem: optional(block("one PEM certificate", 16_384), "The certificate. Either this or pem_file."),
    pem_file: optional(line(1024), "File with the certificate, beside the policy file unless absolute."),
  },
  { oneOf: [{ required: ["pem"] }, { required: ["pem_file"] }] },
);

/** Measurements of which one must be pinned in production: the others say nothing about the software that runs. */
export const WORKLOAD_PINS = ["images", "mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3"] as const;

/** What `production: true` asks of the rest; parsePolicy enforces the same. */
const PRODUCTION_RULES = {
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: {
    properties: {
      allow_simulated: { const: false },
      debug: { const: false },
      roots: { items: { properties: { simulated: { const: false } } } },
      measurements: { anyOf: WORKLOAD_PINS.map((name) => ({ required: [name] })) },
    },
    required: ["measurements"],
  },
  if: { properties: { production: { const: true } }, required: ["production"] },
};

/** A policy file, member by member. */
export const POLICY_SHAPE = members(
  {
    version: required(wholeNumber(1, 1), "Version of this format."),
    name: optional(line(64), "Name of the policy, for verdicts. Default: unnamed."),
    production: optional(
      FLAG,
      "Refuses, when the policy is read, what production must not have: allow_simulated, debug, simulated roots, and no pin of the software that runs. Default: false.",
    ),
    tcb: section(tcb, "Security level of the platform."),
    collateral: section(
      members({
        max_age: optional(
          duration(1, 3650 * DAY),
          "Greatest age of TCB info and enclave identity. Default: their own validity counts alone.",
        ),
      }),
      "Intel's statements about platforms.",
    ),
    clock: section(
      members({ skew: optional(duration(0, DAY), "Leeway at both ends of the collateral's validity. Default: 0.") }),
      "The verifier's clock.",
    ),
    debug: optional(FLAG, "Whether a trust domain that can be debugged is accepted. Default: false."),
    service_td: optional(
      list(measurement, { least: 0 }),
      "Accepted MRSERVICETD, beside none being bound. Default: none.",
    ),
    measurements: section(measured, "What the trust domain runs. Absent: reported, not judged."),
    platform: section(
      members({
        fmspc: optional(list(hex("an FMSPC", 12)), "Accepted platform types."),
        instance_ids: optional(list(hex("a platform instance id", 32)), "Accepted machines."),
        ppids: optional(list(hex("a PPID", 32)), "Accepted machines, where they report no instance id."),
      }),
      "Which machine it is. Absent: reported, not judged.",
    ),
    app: section(
      members({
        ids: optional(list(hex("an application id", 40)), "Accepted application ids."),
        compose_hashes: optional(list(hex("a SHA-256", 64)), "Accepted SHA-256 of the compose document."),
        instance_ids: optional(list(hex("an instance id", 40)), "Accepted instances of the application."),
        os_image_hashes: optional(list(hex("a SHA-256", 64)), "Accepted operating system images."),
        key_providers: optional(
          list(
            members({
              name: required(choice(["kms", "local-sgx", "tpm", "none"]), "Kind of provider."),
              id: optional(hexUpTo("an id", 512), "Its id: for kms, the CA's public key as DER. Absent: any."),
            }),
          ),
          "Accepted key providers.",
        ),
      }),
      "What the platform's event log says of the application. Absent: reported, not judged.",
    ),
    kms: section(
      members({ roots: optional(list(COMPRESSED_POINT), "Accepted secp256k1 roots. Absent: custody is not judged.") }),
      "Who issued the keys.",
    ),
    gpu: section(
      members({
        count: optional(wholeNumber(0, 64), "Exact number of devices. Absent: any, none included."),
        architectures: optional(list(choice(["HOPPER", "BLACKWELL", "LS10"])), "Accepted architectures."),
        drivers: optional(list(line(64)), "Accepted driver versions, exact text."),
        vbios: optional(list(line(64)), "Accepted VBIOS versions, exact text."),
        mode: optional(choice(["SPT", "MPT", "PPCIE"]), "Feature flag each report must state."),
        rim_signer_hold_accepted: optional(
          FLAG,
          "Whether a signer of reference values that is on certificateHold is accepted. Default: false.",
        ),
        rim_signer_expired_accepted: optional(
          FLAG,
          "Whether a signer of reference values is accepted whose certificate has expired since. Default: false.",
        ),
      }),
      "The GPUs. Absent: reported, not judged.",
    ),
    models: optional(
      list(
        members({
          name: required(line(256), "Name the model is served under."),
          kind: required(choice(["verity", "file_manifest", "index", "static"]), "Kind of digest."),
          digest: required(hexUpTo("a digest", 64), "The digest."),
        }),
        { distinct: "name" },
      ),
      "Digests models must be served with. Absent: not judged.",
    ),
    roots: optional(
      list(root, { least: 0, distinct: "fingerprint" }),
      "Roots trusted beside the vendors' own. Default: none.",
    ),
    allow_simulated: optional(
      FLAG,
      "Whether evidence under a simulated root counts; needs a simulated root as well. Default: false.",
    ),
    require: optional(
      list(checkId, { least: 0 }),
      "Checks that must pass although they are optional by default. Default: none.",
    ),
    waive: optional(
      list(
        members({
          check: required(waivableId, "The check."),
          reason: REASON,
          expires: EXPIRES,
        }),
        { least: 0, distinct: "check" },
      ),
      "Findings accepted for a while. Default: none.",
    ),
  },
  PRODUCTION_RULES,
);
