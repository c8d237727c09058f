import { EXAMPLE_ROOT } from "./example-root.ts";

const M = "ab".repeat(48);
const D = "0d".repeat(32);
const row = { name: "a", mrtd: M, rtmr0: M, rtmr1: M, rtmr2: M };
const root = { kind: "tdx", simulated: true, ...EXAMPLE_ROOT };

/** Policies both the parser and the schema accept. */
export const ACCEPTED: readonly (readonly [name: string, members: object])[] = [
  ["nothing but the version", {}],
  [
    "every status but Revoked",
    { tcb: { accepted: ["UpToDate", "SWHardeningNeeded", "ConfigurationNeeded", "OutOfDate"] } },
  ],
  ["an advisory", { tcb: { advisories: [{ id: "INTEL-SA-00615", reason: "seen", expires: "2027-03-31" }] } }],
  ["an empty section", { tcb: {}, measurements: {}, gpu: {} }],
  ["a duration in days", { collateral: { max_age: "30d" } }],
  ["a duration in seconds", { collateral: { max_age: 60 }, clock: { skew: 0 } }],
  ["upper-case hex", { measurements: { mrtd: [M.toUpperCase()] } }],
  ["an image", { measurements: { images: [row] } }],
  ["a root in place", { roots: [root], allow_simulated: true }],
  ["a production policy with a row", { production: true, measurements: { images: [row] } }],
  ["a production policy with one register", { production: true, debug: false, measurements: { rtmr1: [M] } }],
  ["a policy that says it is not for production", { production: false, debug: true }],
  [
    "a waiver",
    { waive: [{ check: "quote.tcb", reason: "firmware update is planned", expires: "2027-03-31T10:00:00+02:00" }] },
  ],
  ["a required check", { require: ["gpu.ocsp", "compose.images"] }],
  ["a model", { models: [{ name: "m", kind: "verity", digest: D }] }],
  [
    "GPUs",
    {
      gpu: { count: 0, architectures: ["HOPPER"], drivers: ["550.90.07"], mode: "SPT", rim_signer_hold_accepted: true },
    },
  ],
  ["an expired signer of reference values", { gpu: { rim_signer_expired_accepted: true } }],
  ["a key provider with an id", { app: { key_providers: [{ name: "kms", id: "3059" }] }, kms: { roots: [`02${D}`] } }],
  ["platforms", { platform: { fmspc: ["90c06f000000"], instance_ids: ["00".repeat(16)], ppids: ["11".repeat(16)] } }],
];

/** Policies both refuse, with the path the parser's message begins with. */
export const REFUSED: readonly (readonly [name: string, path: string, members: object])[] = [
  ["another version", "version", { version: 2 }],
  ["a version as text", "version", { version: "1" }],
  ["an unknown member", "policy", { allow_simulatd: true }],
  ["an unknown inner member", "tcb", { tcb: { acepted: ["UpToDate"] } }],
  ["no value", "tcb", { tcb: null }],
  ["a list for a mapping", "measurements", { measurements: [] }],
  ["Revoked", "tcb.accepted[1]", { tcb: { accepted: ["UpToDate", "Revoked"] } }],
  ["an unknown status", "tcb.accepted[0]", { tcb: { accepted: ["Fine"] } }],
  ["a status in another case", "tcb.accepted[0]", { tcb: { accepted: ["uptodate"] } }],
  ["no status", "tcb.accepted", { tcb: { accepted: [] } }],
  ["a status twice", "tcb.accepted[1]", { tcb: { accepted: ["UpToDate", "UpToDate"] } }],
  [
    "an advisory without a reason",
    "tcb.advisories[0].reason",
    { tcb: { advisories: [{ id: "a", expires: "2027-03-31" }] } },
  ],
  ["an advisory without an expiry", "tcb.advisories[0].expires", { tcb: { advisories: [{ id: "a", reason: "b" }] } }],
  ["a fraction", "tcb.min_evaluation_number", { tcb: { min_evaluation_number: 1.5 } }],
  ["a negative number", "tcb.min_evaluation_number", { tcb: { min_evaluation_number: -1 } }],
  ["a duration without a known unit", "collateral.max_age", { collateral: { max_age: "1w" } }],
  ["a duration of nothing", "collateral.max_age", { collateral: { max_age: 0 } }],
  ["a skew beyond a day", "clock.skew", { clock: { skew: 86_401 } }],
  ["true as text", "debug", { debug: "true" }],
  ["a short measurement", "measurements.mrtd[0]", { measurements: { mrtd: [M.slice(2)] } }],
  ["a measurement that is not hex", "measurements.rtmr3[0]", { measurements: { rtmr3: [`zz${M.slice(2)}`] } }],
  ["one measurement outside a list", "measurements.mrtd", { measurements: { mrtd: M } }],
  ["an empty pin", "measurements.mrseam", { measurements: { mrseam: [] } }],
  [
    "an image without a register",
    "measurements.images[0].rtmr2",
    { measurements: { images: [{ ...row, rtmr2: undefined }] } },
  ],
  ["digits YAML reads as a number", "platform.fmspc[0]", { platform: { fmspc: [906000000000] } }],
  ["an uncompressed point", "kms.roots[0]", { kms: { roots: [`04${D}`] } }],
  ["an unknown key provider", "app.key_providers[0].name", { app: { key_providers: [{ name: "KMS" }] } }],
  ["half a byte", "app.key_providers[0].id", { app: { key_providers: [{ name: "kms", id: "abc" }] } }],
  ["too many GPUs", "gpu.count", { gpu: { count: 65 } }],
  ["an unknown mode", "gpu.mode", { gpu: { mode: "CC" } }],
  ["an expired signer as text", "gpu.rim_signer_expired_accepted", { gpu: { rim_signer_expired_accepted: "true" } }],
  ["a driver that YAML read as a number", "gpu.drivers[0]", { gpu: { drivers: [580] } }],
  ["a control character", "name", { name: "a\u001b[2Jb" }],
  ["a text direction mark", "name", { name: "a\u202eb" }],
  ["an empty name", "name", { name: "" }],
  ["a name that is too long", "name", { name: "n".repeat(65) }],
  ["a root for everything", "roots[0].kind", { roots: [{ ...root, kind: "any" }] }],
  [
    "a root that does not say whether it is simulated",
    "roots[0].simulated",
    { roots: [{ ...root, simulated: undefined }] },
  ],
  ["a root without a fingerprint", "roots[0].fingerprint", { roots: [{ ...root, fingerprint: undefined }] }],
  ["a root without a certificate", "roots[0]", { roots: [{ ...root, pem: undefined }] }],
  ["a root with two certificates", "roots[0]", { roots: [{ ...root, pem_file: "root.pem" }] }],
  ["an unknown required check", "require[0]", { require: ["quote.tbc"] }],
  ["a waiver of an unknown check", "waive[0].check", { waive: [{ check: "x", reason: "r", expires: "2027-03-31" }] }],
  [
    "a waiver of a link of the proof",
    "waive[0].check",
    { waive: [{ check: "quote.signature", reason: "r", expires: "2027-03-31" }] },
  ],
  [
    "a waiver of simulation",
    "waive[0].check",
    { waive: [{ check: "simulation", reason: "r", expires: "2027-03-31" }] },
  ],
  ["a waiver without a reason", "waive[0].reason", { waive: [{ check: "quote.tcb", expires: "2027-03-31" }] }],
  [
    "a waiver with an empty reason",
    "waive[0].reason",
    { waive: [{ check: "quote.tcb", reason: "  ", expires: "2027-03-31" }] },
  ],
  ["a waiver without an expiry", "waive[0].expires", { waive: [{ check: "quote.tcb", reason: "r" }] }],
  ["an expiry that is no time", "waive[0].expires", { waive: [{ check: "quote.tcb", reason: "r", expires: "never" }] }],
  [
    "an expiry without an offset",
    "waive[0].expires",
    { waive: [{ check: "quote.tcb", reason: "r", expires: "2027-03-31T10:00:00" }] },
  ],
  [
    "simulation in production",
    "allow_simulated",
    { production: true, allow_simulated: true, measurements: { mrtd: [M] } },
  ],
  ["debugging in production", "debug", { production: true, debug: true, measurements: { mrtd: [M] } }],
  [
    "a simulated root in production",
    "roots[0].simulated",
    { production: true, roots: [root], measurements: { mrtd: [M] } },
  ],
  ["production without a pin", "measurements", { production: true }],
  ["production that pins the TDX module only", "measurements", { production: true, measurements: { mrseam: [M] } }],
];

/** Policies only the parser refuses: what they break is beyond JSON Schema. */
export const REFUSED_BY_PARSER: readonly (readonly [name: string, path: string, members: object])[] = [
  [
    "a day that does not exist",
    "waive[0].expires",
    { waive: [{ check: "quote.tcb", reason: "r", expires: "2027-02-30" }] },
  ],
  ["a duration beyond the bound", "collateral.max_age", { collateral: { max_age: "4000d" } }],
  ["a value twice, in two cases", "measurements.mrtd[1]", { measurements: { mrtd: [M, M.toUpperCase()] } }],
  [
    "two waivers of one check",
    "waive[1]",
    {
      waive: [
        { check: "quote.tcb", reason: "r", expires: "2027-03-31" },
        { check: "quote.tcb", reason: "s", expires: "2028-03-31" },
      ],
    },
  ],
  [
    "two images of one name",
    "measurements.images[1]",
    { measurements: { images: [row, { ...row, mrtd: "cd".repeat(48) }] } },
  ],
  ["another fingerprint than the certificate's", "roots[0]", { roots: [{ ...root, fingerprint: D }] }],
  ["a certificate that is none", "roots[0]", { roots: [{ ...root, pem: EXAMPLE_ROOT.pem.replace("MIIC", "MIIB") }] }],
  ["two certificates", "roots[0]", { roots: [{ ...root, pem: EXAMPLE_ROOT.pem + EXAMPLE_ROOT.pem }] }],
  [
    "a PEM file where none can be read",
    "roots[0].pem_file",
    { roots: [{ ...root, pem: undefined, pem_file: "root.pem" }] },
  ],
];

/** A policy as it comes from JSON: members that are undefined are absent. */
export function policyOf(members: object): unknown {
  return JSON.parse(JSON.stringify({ version: 1, ...members }));
}
