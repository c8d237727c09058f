import type { CollateralSource } from "../quote-source.ts";
import { TeeError } from "../tee-error.ts";
import { CONTAINER_MEMBERS } from "./collateral-container.ts";

/** Longest container that is taken. Characters; genuine ones have about 20 000. */
const MAX_CONTAINER_LENGTH = 8 * 1024 * 1024;

/**
 * Collateral captured earlier, the same for every quote: for guests without a network. Its dates are not looked at;
 * verifiers refuse it when they have passed.
 *
 * @param text a container as JSON, handed out as it is; a file's content, so it is checked
 * @throws TeeError `tee.malformed` if it is none
 */
export function fixedCollateralSource(text: string): CollateralSource {
  if (text.length > MAX_CONTAINER_LENGTH) {
    throw new TeeError("tee.malformed", `the collateral file has more than ${MAX_CONTAINER_LENGTH} characters`);
  }
  let container: unknown;
  try {
    container = JSON.parse(text);
  } catch {
    // Falls through: undefined is no container.
  }
  if (typeof container !== "object" || container === null) {
    throw new TeeError("tee.malformed", "the collateral file is not a JSON object");
  }
  const members = new Map<string, unknown>(Object.entries(container));
  for (const member of CONTAINER_MEMBERS) {
    const value = members.get(member);
    if (typeof value !== "string" || value === "") {
      throw new TeeError("tee.malformed", `the collateral file: ${member} is missing or no text`);
    }
  }
  return { collateral: async () => text };
}
