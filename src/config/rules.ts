import type { SettingPath, Settings } from "./config.ts";
import type { ConfigErrorCode } from "./config-error.ts";
import { isOwnListener, type OwnAddresses } from "./own-listener.ts";

/** What a rule found: the setting to blame and what to do about it. */
export interface Finding {
  readonly code: ConfigErrorCode;
  readonly path: SettingPath;
  readonly message: string;
}

/** A condition over several settings. It is applied only when all of those could be read. */
export interface Rule {
  readonly reads: readonly SettingPath[];
  readonly check: (settings: Settings, own: OwnAddresses) => Finding | undefined;
}

/** The engine that is assumed when none is named. */
const USUAL_ENGINE = "http://localhost:8000/";

/** In the order in which their findings are reported. */
export const rules: readonly Rule[] = [
  {
    reads: ["mode", "tee.source", "tee.simulatorEndpoint", "tee.devices"],
    check({ mode, tee }) {
      if (mode !== "production") return undefined;
      const refuse = (path: SettingPath, what: string): Finding => ({
        code: "simulation_in_production",
        path,
        message: `${what}, and simulated evidence proves nothing. Remove it to run on hardware, or set DEV=1 to run in development.`,
      });
      if (tee.source === "simulated") return refuse("tee.source", "production asks for a simulated TEE");
      if (tee.simulatorEndpoint !== undefined) return refuse("tee.simulatorEndpoint", "a dstack simulator is set");
      if (tee.devices === "simulated" || tee.devices === "canned") {
        return refuse("tee.devices", "production asks for GPU evidence that no GPU makes");
      }
      return undefined;
    },
  },
  {
    reads: ["tee.source", "tee.dstackEndpoint", "tee.simulatorEndpoint"],
    check: ({ tee }) =>
      tee.dstackEndpoint !== undefined && tee.simulatorEndpoint !== undefined
        ? {
            code: "conflict",
            path: "tee.simulatorEndpoint",
            message: "a guest agent and a simulator of it are both set. Remove one of them.",
          }
        : undefined,
  },
  {
    reads: ["tls.caCertPath", "tls.caKeyPath", "tls.certPath"],
    check({ tls }) {
      if ((tls.caCertPath === undefined) !== (tls.caKeyPath === undefined)) {
        return {
          code: "conflict",
          path: "tls.caCertPath",
          message: "a CA needs both tls.caCertPath and tls.caKeyPath.",
        };
      }
      return tls.caCertPath !== undefined && tls.keyPath !== undefined
        ? {
            code: "conflict",
            path: "tls.caCertPath",
            message: "a fixed certificate is configured, so the CA would sign nothing. Remove one of them.",
          }
        : undefined;
    },
  },
  {
    reads: ["mode", "engines"],
    check: ({ mode, engines }) =>
      mode === "demo" && engines.length > 0
        ? {
            code: "conflict",
            path: "engines",
            message: "the demo starts its own engine. Remove the engines, or set mode to development.",
          }
        : undefined,
  },
  {
    reads: ["listen.port", "tls.port"],
    check: ({ listen, tls }) =>
      listen.port === undefined && tls.port === undefined
        ? { code: "conflict", path: "listen.port", message: "both listeners are off. Set listen.port or tls.port." }
        : undefined,
  },
  {
    reads: ["listen.port", "tls.port"],
    check: ({ listen, tls }) =>
      listen.port !== undefined && listen.port !== 0 && listen.port === tls.port
        ? {
            code: "conflict",
            path: "tls.port",
            message: `both listeners are set to port ${listen.port}. Give each its own, or set one to off.`,
          }
        : undefined,
  },
  {
    reads: ["tls.certPath", "tls.keyPath"],
    check: ({ tls }) =>
      tls.keyPath !== undefined && tls.certPath === undefined
        ? { code: "conflict", path: "tls.keyPath", message: "the key has no certificate. Set tls.certPath as well." }
        : undefined,
  },
  {
    // Without a TLS listener, a certificate alone names the TLS terminator in front of the gateway.
    reads: ["tls.port", "tls.certPath", "tls.keyPath"],
    check: ({ tls }) =>
      tls.port !== undefined && tls.certPath !== undefined && tls.keyPath === undefined
        ? { code: "conflict", path: "tls.certPath", message: "the certificate has no key. Set tls.keyPath as well." }
        : undefined,
  },
  {
    reads: ["models.dir", "engines"],
    check: ({ models, engines }) =>
      models.dir !== undefined && engines.some(({ url }) => url.href !== USUAL_ENGINE)
        ? {
            code: "conflict",
            path: "engines",
            message: "the gateway starts its own engines for models.dir. Remove the engines, or models.dir.",
          }
        : undefined,
  },
  {
    reads: ["mode", "models.dir", "models.loadTokens", "models.engine"],
    check({ mode, models }) {
      if (mode !== "production" || models.dir === undefined) return undefined;
      if (models.loadTokens.length === 0) {
        return {
          code: "missing_value",
          path: "models.loadTokens",
          message:
            "without a load token everybody may load and unload models. Set LOAD_TOKEN, or DEV=1 to run in development.",
        };
      }
      return models.engine === "demo"
        ? { code: "conflict", path: "models.engine", message: "the demo engine runs no model. Set another engine." }
        : undefined;
    },
  },
  {
    reads: ["models.dir", "models.engine", "models.command", "models.program"],
    check({ models }) {
      const custom = models.engine === "custom";
      if (models.dir !== undefined && custom && models.command.length === 0) {
        return { code: "missing_value", path: "models.command", message: "a custom engine needs its command." };
      }
      if (!custom && models.command.length > 0) {
        return { code: "conflict", path: "models.command", message: "only models.engine custom takes a command." };
      }
      return models.program !== undefined && (custom || models.engine === "demo")
        ? { code: "conflict", path: "models.program", message: `models.engine ${models.engine} takes no program.` }
        : undefined;
    },
  },
  {
    reads: ["push.url", "push.enclaveId", "push.token"],
    check({ push }) {
      const { url, enclaveId, token } = push;
      const given = [url, enclaveId, token].filter((value) => value !== undefined).length;
      return given === 0 || given === 3
        ? undefined
        : {
            code: "conflict",
            path: "push.url",
            message: "pushing the runtime status needs push.url, push.enclaveId and push.token together.",
          };
    },
  },
  {
    reads: ["listen.host", "listen.port", "tls.port", "engines", "models.dir"],
    check(settings, own) {
      if (settings.models.dir !== undefined) return undefined;
      const index = settings.engines.findIndex(({ url }) => isOwnListener(url, settings, own));
      const engine = settings.engines[index];
      if (engine === undefined) return undefined;
      return {
        code: "own_listener",
        path: "engines",
        message: `${engine.url.origin} is this gateway's own listener, so every request would come back to it. Set engines (VLLM_BASE_URL) to the engine's address, or listen.port (LISTEN_PORT) to another port.`,
      };
    },
  },
  {
    reads: ["stream.checkpointChunks", "stream.minCheckpointChunks"],
    check: ({ stream }) =>
      stream.checkpointChunks < stream.minCheckpointChunks
        ? {
            code: "conflict",
            path: "stream.checkpointChunks",
            message: `the default of ${stream.checkpointChunks} chunks is below stream.minCheckpointChunks (${stream.minCheckpointChunks}). Lower the minimum or raise the default.`,
          }
        : undefined,
  },
  {
    reads: ["stream.checkpointIntervalMs", "stream.minCheckpointIntervalMs"],
    check: ({ stream }) =>
      stream.checkpointIntervalMs < stream.minCheckpointIntervalMs
        ? {
            code: "conflict",
            path: "stream.checkpointIntervalMs",
            message: `the default of ${stream.checkpointIntervalMs} ms is below stream.minCheckpointInterval (${stream.minCheckpointIntervalMs} ms). Lower the minimum or raise the default.`,
          }
        : undefined,
  },
];
