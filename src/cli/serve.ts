import { randomBytes } from "node:crypto";
import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";
import { renderVerdict } from "@countersign/client/report";
import type { Verdict } from "@countersign/client/verdict";
import { nativeEvidence, servingManifest } from "../attestation/index.ts";
import { banner } from "../banner.ts";
import { type Config, ConfigError, loadConfig } from "../config/index.ts";
import { type DemoEngine, startDemoEngine } from "../demo-process.ts";
import { type Gateway, startGateway } from "../gateway.ts";
import { NO_DIGEST } from "../models/index.ts";
import { createLogger, type Logger } from "../observe/index.ts";
import { type OpenedPlatform, openPlatform, verifyOwnEvidence } from "../platform/index.ts";
import { type LeafRotation, openLeafIdentity } from "../ratls/index.ts";
import { loadCertificatePublicKey, loadTlsIdentity, type TlsIdentity } from "../server/index.ts";
import { loadSigningKeys, type SigningKeys, secp256k1 } from "../signing/index.ts";
import { VERSION } from "../version.ts";
import { EXIT } from "./exit-status.ts";
import { readPolicyFile } from "./verify/policy-file.ts";

/** `countersign serve`: starts the gateway and runs it until SIGTERM or SIGINT. Returns the exit status. */
export async function serve(argv: readonly string[]): Promise<number> {
  let config: Config;
  try {
    config = loadConfig({ env: process.env, argv });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT.usage;
  }
  const log = createLogger(config.log);
  warnAbout(config, log);
  const stopped = stopSignal();
  let engine: DemoEngine | undefined;
  let platform: OpenedPlatform | undefined;
  let rotation: LeafRotation | undefined;
  try {
    const demo = config.mode === "demo";
    engine = demo ? await startDemoEngine(config.model.name) : undefined;
    const effective: Config = engine === undefined ? config : { ...config, engines: [{ url: engine.url }] };
    const demoToken = demo ? `demo-${randomBytes(12).toString("hex")}` : undefined;
    platform = await openPlatform(config, process.env);
    const presented = await tlsIdentity(config, platform, log);
    rotation = presented.rotation;
    const { identity } = presented;
    const keys = await loadSigningKeys(platform.keySource, identity === undefined ? [] : [identity.publicKey]);
    const policy = ownPolicy(config, platform);
    const verdict = await judgeOwnEvidence(config, platform, keys, policy, log);
    if (config.mode === "production" && (verdict.result !== "accepted" || verdict.simulated)) {
      process.stderr.write(renderVerdict(verdict, { color: process.stderr.isTTY === true, width: columns() }));
      // A policy may allow simulation; that the source did not say it is one does not make it hardware.
      const fault = verdict.result === "accepted" ? "is simulated" : "does not hold";
      process.stderr.write(`countersign: this gateway's own evidence ${fault}, so it does not serve as production\n`);
      return EXIT.rejected;
    }
    const gateway = await startGateway({
      config: effective,
      tokens: demoToken === undefined ? config.tokens : [demoToken],
      keys,
      platform,
      policy,
      identity,
      terminatorKey: terminatorKey(config),
      onModelChange: () => remint(presented.rotation, log),
      log,
    });
    process.stdout.write(
      banner({
        config: effective,
        version: VERSION,
        port: gateway.port,
        tlsPort: gateway.tlsPort,
        demoToken,
        keysetDigest: Buffer.from(keys.keysetDigest).toString("hex"),
        minted: rotation !== undefined,
        platform,
        verdict,
        ecdsaImplementation: secp256k1.implementation,
      }),
    );
    const signal = await stopped;
    log.info("draining", { signal });
    await drain(gateway, config.timeouts.drainMs, log);
    return EXIT.ok;
  } catch (error) {
    log.fault("start failed", error);
    process.stderr.write(`countersign: ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.failure;
  } finally {
    rotation?.stop();
    await platform?.close();
    engine?.stop();
    log.flush();
  }
}

function warnAbout(config: Config, log: Logger): void {
  for (const { name, note } of config.notYetEffective) log.warn("setting has no effect", { name, note });
  for (const { name, suggestion } of config.unknownVariables) log.warn("unknown variable", { name, suggestion });
  if (secp256k1.implementation === "noble")
    log.warn("slow signatures", { note: "no native secp256k1 on this platform" });
}

/** Resolves with the name of the first SIGTERM or SIGINT; a second one ends the process at once. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    let seen = false;
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      process.on(name, () => {
        if (seen) process.exit(1);
        seen = true;
        resolve(name);
      });
    }
  });
}

/** What the TLS listener presents: a configured certificate, or leaves that carry the platform's quote. */
async function tlsIdentity(
  { tls }: Config,
  platform: OpenedPlatform,
  log: Logger,
): Promise<{ readonly identity: TlsIdentity | undefined; readonly rotation: LeafRotation | undefined }> {
  if (tls.port === undefined) return { identity: undefined, rotation: undefined };
  if (tls.certPath === undefined || tls.keyPath === undefined) return openLeafIdentity(tls, platform.quotes, log);
  return { identity: loadTlsIdentity(tls.certPath, tls.keyPath), rotation: undefined };
}

/** New connections get a leaf that attests what is served now; until it is there, the old one. */
function remint(rotation: LeafRotation | undefined, log: Logger): void {
  rotation?.remint("model changed").catch((thrown: unknown) => log.fault("leaf not minted", thrown));
}

/** Without a TLS listener, a certificate names the TLS terminator in front: reports can be bound to its key. */
function terminatorKey({ tls }: Config): Uint8Array | undefined {
  return tls.port === undefined && tls.certPath !== undefined ? loadCertificatePublicKey(tls.certPath) : undefined;
}

/** Callers will judge this gateway by its evidence; so does it, first. What it found is in the log, check by check. */
async function judgeOwnEvidence(
  config: Config,
  platform: OpenedPlatform,
  keys: SigningKeys,
  policy: Policy,
  log: Logger,
): Promise<Verdict> {
  // Models the gateway loads itself are not there yet.
  const fixed = { name: config.model.name, digest: NO_DIGEST, generation: 1 };
  const manifest = servingManifest(config.models.dir === undefined ? [fixed] : []);
  const native = nativeEvidence({ platform, keyset: () => keys.keyset, manifest: () => manifest });
  const verdict = await verifyOwnEvidence(native, policy);
  const { result, simulated } = verdict;
  log[result === "accepted" ? "info" : "warn"]("own evidence verified", { result, simulated, policy: policy.name });
  for (const { id, outcome, cause, required } of verdict.checks) {
    if (outcome === "fail" || (outcome === "skip" && required)) log.warn("own evidence", { check: id, outcome, cause });
  }
  return verdict;
}

function ownPolicy({ attestation }: Config, { simulation }: OpenedPlatform): Policy {
  if (attestation.policyPath !== undefined) return readPolicyFile(attestation.policyPath);
  return simulation?.policy ?? DEFAULT_POLICY;
}

function columns(): number {
  return Math.min(process.stderr.columns ?? 100, 120);
}

async function drain(gateway: Gateway, drainMs: number, log: Logger): Promise<void> {
  await gateway.drain(drainMs);
  log.info("stopped");
}
