import {
  createGpuAuthority,
  createGpuIdentity,
  firmwareIdExtension,
  publicKeyInfo,
  SIMULATED_FIRMWARE_ID,
} from "../../../src/tee/simulated/gpu/index.ts";
import type { DeviceFaultRow } from "./fault-row.ts";

const PAST = Date.UTC(2021, 0, 1) / 1000;
const FUTURE = Date.UTC(2200, 0, 1) / 1000;

/** The chain with one certificate replaced. */
const replaced =
  (position: number, certificate: () => Uint8Array) =>
  (own: readonly Uint8Array[]): readonly Uint8Array[] =>
    own.map((each, index) => (index === position ? certificate() : each));

const CHAIN: readonly Omit<DeviceFaultRow, "check">[] = [
  { name: "four certificates", options: { chain: (own) => own.filter((_, index) => index !== 3) } },
  { name: "six certificates", options: { chain: (own) => [...own, ...own.slice(-1)] } },
  { name: "root missing", options: { chain: (own) => own.slice(0, -1) } },
  {
    name: "two certificates swapped",
    options: { chain: ([leaf, rom, ...above]) => [leaf, rom, ...above.reverse()].flatMap((each) => each ?? []) },
  },
  {
    name: "another authority of the same names",
    options: {
      chain: () => {
        const { provisioner, identity, root } = createGpuAuthority();
        const { certificates } = createGpuIdentity(provisioner);
        return [...certificates, provisioner.certificate, identity.certificate, root.certificate];
      },
    },
  },
  { name: "root of the same name", options: { chain: replaced(4, () => createGpuAuthority().root.certificate) } },
  {
    name: "provisioner of the same name",
    options: { chain: replaced(2, () => createGpuAuthority().provisioner.certificate) },
  },
  { name: "boot ROM that is no CA", options: { identity: { bootRom: { authority: undefined } } } },
  {
    name: "path length of the provisioner exceeded",
    options: { authority: { provisioner: { authority: { pathLength: 0 } } } },
  },
  {
    name: "path length of the identity CA exceeded",
    options: { authority: { identity: { authority: { pathLength: 1 } } } },
  },
  { name: "expired leaf", options: { identity: { leaf: { notAfter: PAST } } } },
  { name: "leaf of the future", options: { identity: { leaf: { notBefore: FUTURE } } } },
  { name: "expired boot ROM", options: { identity: { bootRom: { notAfter: PAST } } } },
  { name: "expired identity CA", options: { authority: { identity: { notAfter: PAST } } } },
  { name: "expired root", options: { authority: { root: { notAfter: PAST } } } },
  { name: "leaf that is a CA", options: { identity: { leaf: { authority: {} } } } },
  {
    name: "critical extension nobody knows",
    options: {
      identity: { leaf: { furtherExtensions: [{ oid: "1.2.3.4", critical: true, value: Uint8Array.of(5, 0) }] } },
    },
  },
];

/** Faults in the certificates, each of them truly signed. */
export const DEVICE_CHAIN_FAULTS: readonly DeviceFaultRow[] = [
  ...CHAIN.map((row) => ({ ...row, check: "gpu.chain" }) as const),
  {
    name: "firmware certified for another key than the issuer's",
    options: {
      identity: {
        leaf: {
          furtherExtensions: [
            firmwareIdExtension(publicKeyInfo(createGpuAuthority().root.privateKey), SIMULATED_FIRMWARE_ID),
          ],
        },
      },
    },
    check: "gpu.fwid",
  },
];
