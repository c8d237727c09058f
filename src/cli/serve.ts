import { randomBytes } from "node:crypto";
import { banner } from "../banner.ts";
import { type Config, ConfigError, loadConfig } from "../config/index.ts";
import { type DemoEngine, startDemoEngine } from "../demo-process.ts";
import { type Gateway, startGateway } from "../gateway.ts";
import { createLogger, type Logger } from "../observe/index.ts";
import { loadTlsIdentity, selfSignedIdentity, type TlsIdentity } from "../server/index.ts";
import { generatedKeySource, loadSigningKeys, secp256k1 } from "../signing/index.ts";
import { VERSION } from "../version.ts";
import { EXIT } from "./exit-status.ts";

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
  try {
    const demo = config.mode === "demo";
    engine = demo ? await startDemoEngine(config.model.name) : undefined;
    const effective: Config = engine === undefined ? config : { ...config, engines: [{ url: engine.url }] };
    const demoToken = demo ? `demo-${randomBytes(12).toString("hex")}` : undefined;
    const identity = await tlsIdentity(config);
    const keys = await loadSigningKeys(generatedKeySource(), identity === undefined ? [] : [identity.publicKey]);
    const gateway = await startGateway({
      config: effective,
      tokens: demoToken === undefined ? config.tokens : [demoToken],
      keys,
      identity,
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
        selfSigned: identity?.selfSigned ?? false,
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

async function tlsIdentity(config: Config): Promise<TlsIdentity | undefined> {
  const { port, certPath, keyPath } = config.tls;
  if (port === undefined) return undefined;
  return certPath === undefined || keyPath === undefined ? selfSignedIdentity() : loadTlsIdentity(certPath, keyPath);
}

async function drain(gateway: Gateway, drainMs: number, log: Logger): Promise<void> {
  await gateway.drain(drainMs);
  log.info("stopped");
}
