import { bytesToHex } from "@noble/hashes/utils.js";
import type { Policy } from "../../policy/index.ts";
import { CheckFailure, type Checks } from "../../verdict/index.ts";
import type { PckExtension } from "../pck-extension.ts";
import type { Proof, Prove } from "../proof.ts";
import type { TdReport } from "../td-report.ts";
import type { PckChain } from "./quote-chain.ts";

const ID = "platform.id";

/**
 * The machine that signed the quote is one the policy names; skipped if it names none. The ids themselves are never
 * shown.
 */
export async function judgePlatform(
  checks: Checks,
  prove: Prove,
  { chain, body }: { readonly chain: Proof<PckChain>; readonly body: Proof<TdReport> },
  { platform }: Policy,
): Promise<void> {
  if (platform.fmspc === undefined && platform.instanceIds === undefined && platform.ppids === undefined) {
    checks.skip(ID, "the policy names no machines", { required: false });
    return;
  }
  // Without the quote's signature the chain may be anybody's.
  await prove(ID, { chain, body }, ({ chain: { pck } }) => {
    if (platform.fmspc !== undefined && !platform.fmspc.includes(pck.fmspc)) {
      throw new CheckFailure(`the policy does not name FMSPC ${pck.fmspc}`, REMEDY);
    }
    if (platform.instanceIds !== undefined || platform.ppids !== undefined) requireMachine(pck, platform);
    return { value: true, cause: "the machine is one the policy names" };
  });
}

/** A PPID counts only where there is no instance id: the latter changes when a platform is set up anew. */
function requireMachine({ instanceId, ppid }: PckExtension, { instanceIds, ppids }: Policy["platform"]): void {
  if (instanceId !== undefined) {
    if (instanceIds?.includes(bytesToHex(instanceId)) === true) return;
    throw new CheckFailure("the policy does not name this platform's instance id", REMEDY);
  }
  if (ppids?.includes(bytesToHex(ppid)) === true) return;
  throw new CheckFailure("the platform states no instance id, and the policy does not name its PPID", REMEDY);
}

const REMEDY = "name the machine in the policy, if it is one of yours";
