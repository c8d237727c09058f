import { deadline, within } from "../deadline.ts";
import type { CollateralSource } from "../quote-source.ts";
import { TeeError } from "../tee-error.ts";
import { collateralCache } from "./collateral-cache.ts";
import { fetchCollateral } from "./fetch-collateral.ts";
import { pckIdentity } from "./pck-identity.ts";
import { defaultRootCrl, INTEL_PCS, type RootCrlLocation, serviceUrl } from "./pcs-url.ts";

export interface PcsOptions {
  /** Intel's service or a cache (PCCS) with the same paths. https, or http to loopback. Default Intel's. */
  readonly baseUrl?: string;
  /** Where the root CRL is. Default: Intel's address for Intel's service, `/sgx/certification/v4/rootcacrl` else. */
  readonly rootCrl?: RootCrlLocation;
  /** Time limit of one fetch of all parts. Milliseconds; default 20 000. */
  readonly timeoutMs?: number;
  /** Unix milliseconds. Default Date.now. */
  readonly now?: () => number;
}

/**
 * Collateral from Intel's service or a cache of it, kept per FMSPC and authority. It is served until the earliest
 * nextUpdate, and fetched anew in the background after half of that time or a day. Callers that ask at once share one
 * fetch; after a failure the service is left alone for a growing while.
 *
 * @throws TeeError `tee.unsupported` for an address that is none
 */
export function pcsCollateralSource(options: PcsOptions = {}): CollateralSource {
  const { timeoutMs = 20_000, now = Date.now } = options;
  const baseUrl = serviceUrl(options.baseUrl ?? INTEL_PCS, "the address of the collateral service");
  const rootCrl =
    options.rootCrl === undefined
      ? defaultRootCrl(baseUrl)
      : { ...options.rootCrl, url: serviceUrl(options.rootCrl.url, "the address of the root CRL") };
  const cache = collateralCache(now);
  return {
    async collateral(quote, signal) {
      const platform = pckIdentity(quote);
      const fetched = cache.get(`${platform.fmspc} ${platform.authority}`, async () => {
        // One fetch serves several callers, so it ends with none of them.
        const limit = deadline("collateral service", timeoutMs);
        const answer = await fetchCollateral({ baseUrl, rootCrl }, platform, limit);
        if (answer.nextUpdate > now()) return answer;
        throw new TeeError(
          "tee.malformed",
          "collateral service: what it offers is out of date; check it and the clock",
        );
      });
      return (await within(deadline("collateral service", timeoutMs, signal), fetched)).text;
    },
  };
}
