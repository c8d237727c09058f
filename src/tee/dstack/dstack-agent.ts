import { MAX_QUOTE_BYTES } from "@countersign/client/quote";
import { equalBytes } from "@countersign/client/transcript";
import { deadline } from "../deadline.ts";
import { REPORT_DATA_BYTES, requireReportData, requireReportDataLength } from "../quote-report-data.ts";
import type { PlatformQuote } from "../quote-source.ts";
import { serialQueue } from "../serial-queue.ts";
import { TeeError } from "../tee-error.ts";
import { type AgentLocation, type AgentOrigin, endpointText } from "./agent-endpoint.ts";
import { type AgentReply, agentReply, type ByteBounds } from "./agent-reply.ts";
import { agentTransport, MAX_REPLY_BYTES } from "./agent-transport.ts";
import { type GuestInfo, guestInfo } from "./guest-info.ts";
import { type AgentTlsKey, type TlsKeyOptions, tlsKey, tlsKeyRequest } from "./tls-key.ts";

/** Algorithms of derived keys. */
export type AgentKeyAlgorithm = "secp256k1" | "ed25519";

/** A derived key. Path alone decides it: the same path asked for another purpose or algorithm is the same secret. */
export interface AgentKey {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /**
   * Signatures of 65 bytes, r ‖ s ‖ recovery id: the application's root over purpose and public key, and the KMS root
   * over the application's. The second is empty where keys come from no KMS.
   */
  readonly signatureChain: readonly [Uint8Array, Uint8Array];
}

/** Algorithms of `sign`; `secp256k1` hashes with SHA-256 first, `secp256k1_prehashed` takes a digest of 32 bytes. */
export type AgentSignatureAlgorithm = "ed25519" | "secp256k1" | "secp256k1_prehashed";

/** A signature by the agent's own key. */
export interface AgentSignature {
  /** 64 bytes. */
  readonly signature: Uint8Array;
  /** The signature, then those of {@link AgentKey.signatureChain}. */
  readonly signatureChain: readonly [Uint8Array, Uint8Array, Uint8Array];
  /** 32 bytes for Ed25519, 33 (compressed) for secp256k1. */
  readonly publicKey: Uint8Array;
}

export interface AgentVersion {
  readonly version: string;
  readonly revision: string | undefined;
}

/**
 * A dstack guest agent. Every method ends within its time limit, and as soon as its signal aborts; everything the agent
 * says is checked field by field. All methods throw TeeError.
 */
export interface DstackAgent {
  /** Socket path or URL. */
  readonly endpoint: string;
  /** How the endpoint was chosen. Start-up refuses `simulator-variable` unless simulation is on. */
  readonly origin: AgentOrigin;
  /** Whether a simulator stands behind it. */
  readonly simulated: boolean;
  /** One at a time; waiting requests are bounded. @param reportData 64 bytes, compared in the quote that comes back */
  getQuote(reportData: Uint8Array, signal?: AbortSignal): Promise<PlatformQuote>;
  getKey(path: string, purpose: string, algorithm: AgentKeyAlgorithm, signal?: AbortSignal): Promise<AgentKey>;
  getTlsKey(options: TlsKeyOptions, signal?: AbortSignal): Promise<AgentTlsKey>;
  info(signal?: AbortSignal): Promise<GuestInfo>;
  /** `tee.unsupported` before dstack 0.5.7. */
  version(signal?: AbortSignal): Promise<AgentVersion>;
  /** The attestation tool's exact text of boot time; undefined if there is none. `tee.unsupported` before dstack 0.6. */
  gpuInfo(signal?: AbortSignal): Promise<string | undefined>;
  sign(algorithm: AgentSignatureAlgorithm, data: Uint8Array, signal?: AbortSignal): Promise<AgentSignature>;
}

export interface AgentLimits {
  /** Time limit of a quote, waiting for its turn included. Milliseconds; default 30 000. */
  readonly quoteTimeoutMs?: number;
  /** Time limit of every other call. Milliseconds; default 10 000. */
  readonly timeoutMs?: number;
  /** Most quote requests that wait for their turn. Default 32. */
  readonly quoteQueue?: number;
}

const KEY: ByteBounds = { min: 32, max: 32 };
const SIGNATURE: ByteBounds = { min: 64, max: 64 };
const SIGNATURES: ByteBounds = { min: 0, max: 65 };
/** r ‖ s ‖ recovery id. Bytes. */
const CUSTODY_BYTES = 65;

/** @param location one of `agentLocations`, found by `connectAgent` */
export function dstackAgent(location: AgentLocation, limits: AgentLimits = {}): DstackAgent {
  const { quoteTimeoutMs = 30_000, timeoutMs = 10_000, quoteQueue = 32 } = limits;
  const transport = agentTransport(location.endpoint);
  const source = `dstack agent at ${endpointText(location.endpoint)}`;
  const quotes = serialQueue(source, quoteQueue);

  const call = async (method: string, body: object, signal: AbortSignal | undefined): Promise<AgentReply> => {
    if (location.interface === "tappd") {
      throw new TeeError(
        "tee.unsupported",
        `${source}: dstack 0.3 offers quotes only, not ${method}; use 0.5 or later`,
      );
    }
    const limit = deadline(`${source}, ${method}`, timeoutMs, signal);
    return agentReply(method, await transport.call(`/${method}`, { ...body }, limit));
  };

  return {
    endpoint: transport.endpoint,
    origin: location.origin,
    simulated: location.simulated,
    async getQuote(reportData, signal) {
      requireReportDataLength(reportData);
      // The caller's bytes may change while the request waits.
      const wanted = reportData.slice();
      const hex = Buffer.from(wanted).toString("hex");
      const limit = deadline(`${source}, quote`, quoteTimeoutMs, signal);
      // `raw` is the one form in which 0.3 hashes nothing and pads nothing.
      const [path, body] =
        location.interface === "tappd"
          ? ["/prpc/Tappd.TdxQuote", { report_data: hex, hash_algorithm: "raw" }]
          : ["/GetQuote", { report_data: hex }];
      const reply = agentReply("quote", await quotes.run(limit, () => transport.call(path, body, limit)));
      return platformQuote(reply, wanted);
    },
    async getKey(path, purpose, algorithm, signal) {
      const reply = await call("GetKey", { path, purpose, algorithm }, signal);
      const [key, kms] = reply.byteList("signature_chain", 2, SIGNATURES);
      return { key: reply.bytes("key", KEY), signatureChain: custody("GetKey", key, kms) };
    },
    async getTlsKey(options, signal) {
      return tlsKey(await call("GetTlsKey", tlsKeyRequest(options), signal));
    },
    async info(signal) {
      return guestInfo(await call("Info", {}, signal));
    },
    async version(signal) {
      const reply = await call("Version", {}, signal);
      return { version: reply.text("version", 64), revision: reply.optionalText("rev", 128) };
    },
    async gpuInfo(signal) {
      return (await call("GpuInfo", {}, signal)).optionalText("attestation", MAX_REPLY_BYTES);
    },
    async sign(algorithm, data, signal) {
      const reply = await call("Sign", { algorithm, data: Buffer.from(data).toString("hex") }, signal);
      const length = algorithm === "ed25519" ? 32 : 33;
      const signature = reply.bytes("signature", SIGNATURE);
      const [first, key, kms] = reply.byteList("signature_chain", 3, SIGNATURES);
      if (first === undefined || !equalBytes(first, signature)) {
        throw new TeeError("tee.malformed", "dstack agent, Sign: signature_chain does not start with the signature");
      }
      return {
        signature,
        signatureChain: [first, ...custody("Sign", key, kms)],
        publicKey: reply.bytes("public_key", { min: length, max: length }),
      };
    },
  };
}

function platformQuote(reply: AgentReply, reportData: Uint8Array): PlatformQuote {
  const quote = reply.optionalBytes("quote", { min: 1, max: MAX_QUOTE_BYTES });
  if (quote === undefined) {
    // SEV-SNP and Nitro guests of 0.6 leave the quote empty and answer in another field.
    throw new TeeError("tee.unsupported", "dstack agent, quote: there is none; this guest is not one of TDX");
  }
  const echoed = reply.optionalBytes("report_data", { min: REPORT_DATA_BYTES, max: REPORT_DATA_BYTES });
  if (echoed !== undefined && !equalBytes(echoed, reportData)) {
    throw new TeeError("tee.mismatch", "dstack agent, quote: the answer is for another report_data");
  }
  requireReportData(quote, reportData);
  return {
    quote,
    eventLog: reply.text("event_log", MAX_REPLY_BYTES),
    vmConfig: reply.optionalText("vm_config", MAX_REPLY_BYTES),
  };
}

/** Lengths only: the KMS may be none, the application's root signs always. What they prove is for verifiers to say. */
function custody(
  method: string,
  key: Uint8Array | undefined,
  kms: Uint8Array | undefined,
): readonly [Uint8Array, Uint8Array] {
  if (key?.length !== CUSTODY_BYTES || kms === undefined || (kms.length !== 0 && kms.length !== CUSTODY_BYTES)) {
    throw new TeeError("tee.malformed", `dstack agent, ${method}: signature_chain has elements of another length`);
  }
  return [key, kms];
}
