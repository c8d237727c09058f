import type { DerivedKeyAlgorithm } from "../kms/index.ts";
import { AgentRefusal } from "./agent-refusal.ts";
import { hex, type Machine } from "./machine.ts";
import { machineInfo } from "./machine-info.ts";
import { signMessage, verifyMessage } from "./message-signature.ts";
import type { Method, MethodTable } from "./method.ts";
import { issueTlsKey } from "./tls-key.ts";

/** Release of dstack whose interface this is. */
const VERSION = { version: "0.6.0", rev: "simulated" } as const;
const REPORT_DATA_BYTES = 64;

const KEY_ALGORITHMS: ReadonlyMap<string, DerivedKeyAlgorithm> = new Map([
  ["", "secp256k1"],
  ["secp256k1", "secp256k1"],
  ["k256", "secp256k1"],
  ["ed25519", "ed25519"],
]);

/** The methods of dstack's guest service, releases 0.5 and 0.6. EmitEvent, which 0.6 has not, is unknown here too. */
export function guestMethods(machine: Machine): MethodTable {
  const { boot, keys, vmConfig } = machine;
  // The real agent has a certificate of its own that shows what it runs; a client may look at it, none may rely on it.
  const appCertificate = issueTlsKey(machine, {
    subject: "demo-cert",
    alternativeNames: [],
    raTls: true,
    serverAuth: false,
    clientAuth: true,
    notBefore: undefined,
    notAfter: undefined,
  }).certificateChain.join("");

  const methods: Readonly<Record<string, Method>> = {
    GetQuote(request) {
      const given = request.bytes("report_data");
      if (given.length > REPORT_DATA_BYTES) throw new AgentRefusal("report_data: more than 64 bytes");
      const reportData = new Uint8Array(REPORT_DATA_BYTES);
      reportData.set(given);
      return {
        quote: hex(machine.quote(reportData)),
        event_log: boot.eventLog,
        report_data: hex(reportData),
        vm_config: vmConfig,
      };
    },

    GetKey(request) {
      const algorithm = KEY_ALGORITHMS.get(request.text("algorithm"));
      if (algorithm === undefined) throw new AgentRefusal("algorithm: unsupported");
      const { secret, signatureChain } = keys.key(request.text("path"), request.text("purpose"), algorithm);
      return { key: hex(secret), signature_chain: signatureChain.map(hex) };
    },

    GetTlsKey(request) {
      if (request.flag("with_app_info")) {
        throw new AgentRefusal("with_app_info: the simulated agent puts no app info into certificates");
      }
      const { key, certificateChain } = issueTlsKey(machine, {
        subject: request.text("subject"),
        alternativeNames: request.texts("alt_names"),
        raTls: request.flag("usage_ra_tls"),
        serverAuth: request.flag("usage_server_auth"),
        clientAuth: request.flag("usage_client_auth"),
        notBefore: request.integer("not_before"),
        notAfter: request.integer("not_after"),
      });
      return { key, certificate_chain: certificateChain };
    },

    Sign(request) {
      const signed = signMessage(keys, request.text("algorithm"), request.bytes("data"));
      return {
        signature: hex(signed.signature),
        signature_chain: signed.signatureChain.map(hex),
        public_key: hex(signed.publicKey),
      };
    },

    Verify(request) {
      const algorithm = request.text("algorithm");
      const signature = request.bytes("signature");
      return { valid: verifyMessage(algorithm, request.bytes("data"), signature, request.bytes("public_key")) };
    },

    Attest() {
      throw new AgentRefusal("the simulated agent has no versioned attestation; ask for GetQuote");
    },

    Info: () => machineInfo(machine, appCertificate),
    // No GPU was appraised at boot, as the absent gpu-attestation event says.
    GpuInfo: () => ({ attestation: "" }),
    Version: () => VERSION,
  };
  return new Map(Object.entries(methods).map(([name, method]) => [`/${name}`, method]));
}
