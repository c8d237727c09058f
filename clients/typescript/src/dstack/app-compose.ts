import { utf8ToBytes } from "@noble/hashes/utils.js";
import { crypto } from "../crypto/index.ts";
import { CheckFailure } from "../verdict/index.ts";
import { readComposeImages } from "./compose-images.ts";

/** Longest document that is read. UTF-16 units. */
const MAX_TEXT = 1024 * 1024;

/** Runners that start the containers of `docker_compose_file`, and nothing else. */
const RUNNERS: readonly unknown[] = ["docker-compose", "nerdctl-compose"];

/** What an app-compose document promises about the containers it starts. */
export interface AppCompose {
  /** How many images it names, each by digest. */
  readonly images: number;
  /** What a reader should know although every image is pinned, a few words each. */
  readonly remarks: readonly string[];
}

/** SHA-256 of an app-compose document, 32 bytes: of its exact text, a final line break included. */
export function composeHash(text: string): Uint8Array {
  return crypto.digest("sha256", utf8ToBytes(text));
}

/**
 * Reads an `app-compose.json` and refuses it unless it pins every image by digest.
 *
 * @param text the measured text; its author may still be anyone, so length and form are bounded
 * @throws CheckFailure
 */
export function readAppCompose(text: string): AppCompose {
  if (text.length > MAX_TEXT) throw unreadable("is too long");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw unreadable("is not JSON");
  }
  if (typeof parsed !== "object" || parsed === null) throw unreadable("is not an object");
  const members = parsed as { readonly [name: string]: unknown };
  if (!RUNNERS.includes(members["runner"])) throw unreadable("is for a runner this verifier does not know");
  const file = members["docker_compose_file"];
  if (typeof file !== "string") throw unreadable("has no compose file");
  const { count, privileged } = readComposeImages(file);
  const remarks: string[] = [];
  if (isSet(members["pre_launch_script"])) remarks.push("a script runs before the containers");
  if (isSet(members["init_script"])) remarks.push("a script runs while the machine is set up");
  if (isSet(members["public_logs"])) remarks.push("the containers' logs are public");
  if (privileged) remarks.push("a container is privileged");
  if (file.includes("docker.sock")) remarks.push("a container may hold the socket that starts others");
  return { images: count, remarks };
}

/** Whether it is there, and none of the ways to say no. */
function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== false && value !== "";
}

function unreadable(what: string): CheckFailure {
  return new CheckFailure(`the compose document ${what}`, "waive the check after reading the document");
}
