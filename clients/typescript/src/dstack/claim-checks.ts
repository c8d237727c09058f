import { bytesToHex } from "@noble/hashes/utils.js";
import type { Policy } from "../policy/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import type { CheckId, Checks } from "../verdict/index.ts";
import { composeHash, readAppCompose } from "./app-compose.ts";
import type { KeyProvider } from "./key-provider.ts";
import { commitsTo } from "./mr-config-id.ts";
import type { PlatformClaims } from "./platform-claims.ts";

/** The checks of what a log claims, with what a policy pins of each. */
const CLAIMS: readonly (readonly [id: CheckId, pins: (policy: Policy) => readonly unknown[] | undefined])[] = [
  ["compose.hash", ({ app }) => app.composeHashes],
  ["compose.images", () => undefined],
  ["app.id", ({ app }) => app.ids],
  ["instance.id", ({ app }) => app.instanceIds],
  ["os.image", ({ app }) => app.osImageHashes],
  ["key_provider", ({ app }) => app.keyProviders],
  ["mrconfigid.binding", () => undefined],
  ["event.extra", () => undefined],
];

/** Skips every check of a claim because the log does not hold. */
export function skipClaims(checks: Checks, cause: string): void {
  for (const [id] of CLAIMS) checks.skip(id, cause);
}

/** Skips every check of a claim because there is no log. Only what the policy pins is missed. */
export function skipUnstatedClaims(checks: Checks, policy: Policy): void {
  const cause = "the evidence holds no event log, so nothing says which application this is";
  for (const [id, pins] of CLAIMS) checks.skip(id, cause, { required: pins(policy) !== undefined });
}

interface Pin {
  /** What is pinned, for the cause. */
  readonly what: string;
  /** The proven value; undefined if the log states none. */
  readonly value: string | undefined;
  /** Undefined: not judged. */
  readonly accepted: readonly string[] | undefined;
}

function judgePin(checks: Checks, id: CheckId, { what, value, accepted }: Pin): void {
  const stated = value === undefined ? `the event log states no ${what}` : `the ${what} is ${value}`;
  if (accepted === undefined) {
    checks.skip(id, `${stated}; the policy pins none`, { required: false });
  } else if (value !== undefined && accepted.includes(value)) {
    checks.pass(id, stated);
  } else {
    checks.fail(id, `${stated}, which the policy does not name`, "run what the policy names, or add it to the policy");
  }
}

/** Records `compose.hash` and `compose.images`. */
export async function judgeCompose(
  checks: Checks,
  claims: PlatformClaims,
  text: string | undefined,
  policy: Policy,
): Promise<void> {
  const pin: Pin = {
    what: "compose hash",
    value: bytesToHex(claims.composeHash),
    accepted: policy.app.composeHashes,
  };
  if (text === undefined) {
    judgePin(checks, "compose.hash", pin);
    checks.skip("compose.images", "the compose document is not at hand", {
      required: false,
      remedy: "supply the exact text of app-compose.json",
    });
    return;
  }
  if (!equalBytes(composeHash(text), claims.composeHash)) {
    const remedy = "supply the exact text of app-compose.json, byte for byte";
    checks.fail("compose.hash", "the compose document is not the one that was measured", remedy);
    checks.skip("compose.images", "the compose document is not the one that was measured");
    return;
  }
  judgePin(checks, "compose.hash", pin);
  await checks.run("compose.images", () => {
    const { images, remarks } = readAppCompose(text);
    const named = images === 1 ? "the one image is pinned by digest" : `all ${images} images are pinned by digest`;
    return { value: undefined, cause: [named, ...remarks].join("; ") };
  });
}

/** Records `app.id`, `instance.id`, `os.image` and `key_provider`. */
export function judgeIdentity(checks: Checks, claims: PlatformClaims, { app }: Policy): void {
  const { appId, instanceId, osImageHash, keyProvider } = claims;
  const hex = (bytes: Uint8Array | undefined) => bytes && bytesToHex(bytes);
  judgePin(checks, "app.id", { what: "application id", value: hex(appId), accepted: app.ids });
  judgePin(checks, "instance.id", { what: "instance id", value: hex(instanceId), accepted: app.instanceIds });
  judgePin(checks, "os.image", { what: "OS image hash", value: hex(osImageHash), accepted: app.osImageHashes });
  judgePin(checks, "key_provider", {
    what: "key provider",
    value: keyProvider && providerText(keyProvider),
    // A pin without id accepts every provider of its name.
    accepted: app.keyProviders?.map(({ name, id = keyProvider?.id ?? "" }) => providerText({ name, id })),
  });
}

function providerText({ name, id }: KeyProvider): string {
  return id === "" ? name : `${name} ${id}`;
}

/** Records `mrconfigid.binding`. */
export function judgeConfigId(checks: Checks, claims: PlatformClaims, mrConfigId: Uint8Array): void {
  const version = mrConfigId[0];
  if (mrConfigId.every((byte) => byte === 0)) {
    const cause = "MRCONFIGID is zero: the host committed to nothing, and RTMR3 alone binds the application";
    checks.skip("mrconfigid.binding", cause, { required: false });
  } else if (commitsTo(mrConfigId, claims)) {
    checks.pass("mrconfigid.binding", `MRCONFIGID (version ${version}) commits to the application of the event log`);
  } else {
    checks.fail(
      "mrconfigid.binding",
      `MRCONFIGID (version ${version}) does not commit to the application of the event log`,
      "start the machine with the configuration it was launched for, or pin MRCONFIGID and waive this check",
    );
  }
}

/** Most names listed in a verdict. */
const MAX_LISTED = 8;

/** Records `event.extra`. */
export function judgeLateEvents(checks: Checks, { lateEvents }: PlatformClaims): void {
  if (lateEvents.length === 0) {
    checks.pass("event.extra", "the log ends with the boot");
    return;
  }
  // The application, or whoever broke into it, chose these names: nothing but letters and digits reaches a screen.
  const names = lateEvents.slice(0, MAX_LISTED).map((name) => name.replace(/[^A-Za-z0-9._-]/g, "?").slice(0, 64));
  const listed = lateEvents.length > MAX_LISTED ? [...names, "…"] : names;
  const cause = `${lateEvents.length} events were added after boot, and used for nothing: ${listed.join(", ")}`;
  checks.skip("event.extra", cause, { required: false });
}
