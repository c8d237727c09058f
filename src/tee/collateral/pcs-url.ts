import { TeeError } from "../tee-error.ts";

/** Intel's provisioning certification service. */
export const INTEL_PCS = "https://api.trustedservices.intel.com";
/** Intel's root CRL, which the service itself does not offer; a cache (PCCS) does. */
const INTEL_ROOT_CRL = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";

/** Where the root CRL is fetched, and whether it comes as bytes or as hex text. */
export interface RootCrlLocation {
  readonly url: string;
  readonly form: "der" | "hex";
}

/**
 * Checks an address: https, or http to loopback; nothing in it but host and path.
 *
 * @param setting for the message
 * @throws TeeError `tee.unsupported`
 */
export function serviceUrl(text: string, setting: string): string {
  const url = URL.parse(text);
  const loopback = url !== null && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  const reason =
    url === null || (url.protocol !== "https:" && url.protocol !== "http:")
      ? "is no https URL"
      : url.protocol === "http:" && !loopback
        ? "is cleartext to another machine; use https"
        : url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== ""
          ? "holds more than host and path"
          : undefined;
  if (url === null || reason !== undefined) throw new TeeError("tee.unsupported", `${setting} ${reason}`);
  return url.href.replace(/\/+$/, "");
}

/** Intel's address for Intel's service; the path of caches for everything else. */
export function defaultRootCrl(baseUrl: string): RootCrlLocation {
  return baseUrl === INTEL_PCS
    ? { url: INTEL_ROOT_CRL, form: "der" }
    : { url: `${baseUrl}/sgx/certification/v4/rootcacrl`, form: "hex" };
}
