import { BlockList, isIP } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import type { Settings } from "./config.ts";

/** Addresses and names of this machine; injected so that tests do not depend on the machine they run on. */
export type OwnAddresses = () => readonly string[];

/** What the operating system says. */
export const systemAddresses: OwnAddresses = () => [
  hostname(),
  ...Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address)),
];

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Connecting to an unspecified address reaches this machine on the platforms Node runs on. */
const unspecified = new BlockList();
unspecified.addAddress("0.0.0.0", "ipv4");
unspecified.addAddress("::", "ipv6");

/**
 * Whether an engine's address is one of this gateway's listeners: each request would come back as a new one, until
 * every connection is taken. Names are compared, not resolved: start-up must not depend on a name server.
 */
export function isOwnListener(
  url: Readonly<URL>,
  settings: { readonly listen: Settings["listen"]; readonly tls: Pick<Settings["tls"], "port"> },
  own: OwnAddresses,
): boolean {
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if (port !== settings.listen.port && port !== settings.tls.port) return false;
  const engine = canonicalHost(url.hostname);
  const bound = canonicalHost(settings.listen.host);
  if (engine === bound) return true;
  if (isUnspecified(bound)) {
    return isLocal(engine) || own().some((address) => canonicalHost(address) === engine);
  }
  return isLocal(bound) && isLocal(engine);
}

function isLocal(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || matches(loopback, host) || isUnspecified(host);
}

function isUnspecified(host: string): boolean {
  return matches(unspecified, host);
}

/** BlockList also matches IPv4 addresses mapped into IPv6 (`::ffff:127.0.0.1`). */
function matches(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 6 ? "ipv6" : "ipv4");
}

/** Lower case, without brackets, zone and final dot; addresses in the one spelling the URL standard gives them. */
function canonicalHost(host: string): string {
  const bare = host
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/%.*$/, "")
    .replace(/\.$/, "");
  const url = isIP(bare) === 6 ? URL.parse(`http://[${bare}]`) : URL.parse(`http://${bare}`);
  return url === null ? bare : url.hostname.replace(/^\[|\]$/g, "");
}
