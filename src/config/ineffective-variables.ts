import type { Kind } from "./kind.ts";
import { boolean, integer } from "./kinds/index.ts";

/** A variable of the older gateways that this version knows and does not act on. */
export interface IneffectiveVariableEntry {
  readonly name: string;
  /** Its grammar: a value that cannot be read stops the start even though it has no effect. Absent: any text. */
  readonly kind?: Kind<unknown>;
  /** What it is about, to be read after "no effect yet:" or "ignored:". */
  readonly note: string;
  /** True when a deployment that relies on it is weaker without it. */
  readonly protects?: true;
}

const count = integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const positive = integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

const noRoutes = "every request goes to the engines of this gateway; there are no engines per route.";
const noLimit = "there is no rate limiting; put a limiter in front of the gateway.";
const noKeyService =
  "keys are not checked with a service and usage is not reported; only the configured tokens are accepted.";
const noStartupCheck = "start does not wait for the engine; readiness shows whether it answers.";
const noHealthCheck = "engines are probed at fixed intervals, and only for readiness.";
const noMedia = "images and audio are not served.";
const noSharedStore =
  "signatures are kept in this process alone; a balancer has to send a lookup to the gateway that answered.";

function group(
  names: readonly string[],
  note: string,
  options: { readonly kind?: Kind<unknown>; readonly protects?: true } = {},
): readonly IneffectiveVariableEntry[] {
  return names.map((name) => ({ name, note, ...options }));
}

/** All of them, in the order of the older gateways' documentation. An entry moves to `settings` once it has effect. */
export const ineffectiveVariables: readonly IneffectiveVariableEntry[] = [
  ...group(
    ["VLLM_IMAGES_URL", "VLLM_IMAGES_EDITS_URL", "VLLM_TRANSCRIPTIONS_URL", "VLLM_RERANK_URL", "VLLM_SCORE_URL"],
    noRoutes,
  ),
  ...group(["VLLM_PROXY_MAX_IMAGE_REQUEST_SIZE", "VLLM_PROXY_MAX_AUDIO_REQUEST_SIZE"], noMedia, { kind: positive }),
  ...group(["RATE_LIMIT_PER_SECOND", "RATE_LIMIT_BURST_SIZE"], noLimit, { kind: count, protects: true }),
  ...group(["RATE_LIMIT_NO_TRUST_PROXY"], noLimit, { kind: boolean, protects: true }),
  ...group(["CLOUD_API_URL"], noKeyService),
  ...group(
    ["CLOUD_API_AUTH_MAX_ATTEMPTS", "CLOUD_API_AUTH_INITIAL_BACKOFF_MS", "CLOUD_API_AUTH_TIMEOUT_SECS"],
    noKeyService,
    { kind: count },
  ),
  ...group(["COMPOSE_MANAGER_URL"], "reports hold no evidence of a compose manager.", { protects: true }),
  ...group(["OPENAI_CHAT_COMPATIBILITY_CHECK"], noStartupCheck, { kind: boolean }),
  ...group(["STARTUP_CHECK_RETRIES", "STARTUP_CHECK_TIMEOUT_SECS"], noStartupCheck, { kind: positive }),
  ...group(["STARTUP_CHECK_RETRY_DELAY_SECS"], noStartupCheck, { kind: count }),
  ...group(["HEALTH_CHECK_INTERVAL_SECS", "HEALTH_CHECK_MAX_FAILURES", "HEALTH_CHECK_TIMEOUT_SECS"], noHealthCheck, {
    kind: positive,
  }),
  ...group(["OHTTP_ENABLED"], "Oblivious HTTP is not served; callers' addresses are visible.", {
    kind: boolean,
    protects: true,
  }),
  ...group(["E2EE_REPLAY_WINDOW_SECONDS"], "bodies are not encrypted end to end and have no replay window.", {
    kind: positive,
    protects: true,
  }),
  ...group(["REDIS_HOST", "REDIS_PASSWORD"], noSharedStore),
  ...group(["REDIS_PORT"], noSharedStore, { kind: integer({ min: 1, max: 65_535 }) }),
  ...group(["REDIS_DB"], noSharedStore, { kind: count }),
];

/** The start of a note, so that what weakens a deployment stands out. */
export function ineffectiveNote({ note, protects }: IneffectiveVariableEntry): string {
  return `${protects ? "ignored" : "no effect yet"}: ${note}`;
}
