import type { TlsIdentity } from "../server/index.ts";
import type { LeafKey } from "./leaf-key.ts";
import type { LeafRotation } from "./leaf-rotation.ts";

/** Presents the current leaves of a rotation. The key stays the same from leaf to leaf. */
export function mintedIdentity(key: LeafKey, rotation: LeafRotation): TlsIdentity {
  return {
    publicKey: key.spki,
    get presented() {
      return { certificate: rotation.current.fallback.chain, key: key.pem };
    },
    contextFor: (serverName) => rotation.current.contextFor(serverName),
    onChange: (listener) => rotation.onChange(listener),
  };
}
