import { execFile } from "node:child_process";
import type { Logger } from "../../observe/index.ts";
import type { ModelService } from "./model-service.ts";
import { generateStatus, proxyStatus } from "./status-document.ts";

export interface RuntimeStatusOptions {
  /** Base URL of the management plane. */
  readonly url: string;
  readonly enclaveId: string;
  /** Bearer token presented there. */
  readonly token: string;
  /** Between two reports. Milliseconds. */
  readonly intervalMs: number;
  readonly models: ModelService;
  readonly log: Logger;
  /** Default: what `nvidia-smi` says. */
  readonly gpus?: () => Promise<readonly GpuReading[]>;
}

/** What could be measured of one GPU; what could not is absent, never zero. */
export interface GpuReading {
  readonly usedMemoryMib?: number;
  readonly temperatureC?: number;
  readonly powerW?: number;
}

/** Time for one report. Milliseconds. */
const REPORT_TIMEOUT_MS = 5_000;
/** Time for the measurement of GPUs. Milliseconds. */
const GPU_TIMEOUT_MS = 3_000;
const MAX_GPU_OUTPUT_BYTES = 64 << 10;
/** After 429 and 5xx the next report comes later, up to so many intervals. */
const MOST_INTERVALS = 16;

/**
 * Pushes the runtime status to a management plane: at once, then every interval, a little earlier or later so that a
 * fleet does not report all at once. Nothing is queued: what counts is the newest. Nothing waits for it. Returns what
 * stops it.
 */
export function pushRuntimeStatus(options: RuntimeStatusOptions): () => void {
  const { url, enclaveId, token, intervalMs, models, log, gpus = nvidiaReadings } = options;
  const target = `${url.replace(/\/+$/, "")}/api/v1/enclave/runtime-status`;
  const stopped = new AbortController();
  let sequence = 0;
  let intervals = 1;
  let failing = false;
  let timer: NodeJS.Timeout | undefined;

  async function report(): Promise<void> {
    const readings = await gpus();
    const generate = generateStatus(models);
    sequence++;
    const response = await fetch(target, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({
        enclave_id: enclaveId,
        ...gpuFields(readings),
        ...proxyStatus(generate),
        loaded_model_digest_kind: generate.digest.kind,
        generation: generate.generation,
        sequence,
        updated_at: new Date().toISOString(),
      }),
      // A redirect would take the token elsewhere.
      redirect: "error",
      signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(REPORT_TIMEOUT_MS)]),
    });
    // The answer's text is of no interest.
    await response.body?.cancel();
    const busy = response.status === 429 || response.status >= 500;
    intervals = busy ? Math.min(2 * intervals, MOST_INTERVALS) : 1;
    if (!response.ok) throw new Error(`status ${response.status}`);
  }

  async function turn(): Promise<void> {
    try {
      await report();
      if (failing) log.info("runtime status pushed again");
      failing = false;
    } catch (reason) {
      if (stopped.signal.aborted) return;
      // Once per outage: the next ones say the same.
      if (!failing) log.fault("runtime status not pushed", reason);
      failing = true;
    }
    if (stopped.signal.aborted) return;
    timer = setTimeout(() => void turn(), intervals * intervalMs * (0.95 + 0.1 * Math.random()));
    timer.unref();
  }
  void turn();

  return () => {
    stopped.abort();
    clearTimeout(timer);
  };
}

/** The first GPU in the fields management planes read, and all of them. */
function gpuFields(readings: readonly GpuReading[]): object {
  const [first] = readings;
  if (first === undefined) return {};
  return {
    gpu_used_vram_mib: first.usedMemoryMib,
    gpu_temperature_c: first.temperatureC,
    gpu_power_w: first.powerW,
    gpus: readings.map(({ usedMemoryMib, temperatureC, powerW }) => ({
      used_vram_mib: usedMemoryMib,
      temperature_c: temperatureC,
      power_w: powerW,
    })),
  };
}

/** One call of `nvidia-smi`; nothing where there is none. */
function nvidiaReadings(): Promise<readonly GpuReading[]> {
  const query = "--query-gpu=memory.used,temperature.gpu,power.draw";
  const limits = { timeout: GPU_TIMEOUT_MS, maxBuffer: MAX_GPU_OUTPUT_BYTES };
  return new Promise((resolve) => {
    execFile("nvidia-smi", [query, "--format=csv,noheader,nounits"], limits, (error, text) =>
      resolve(error === null ? parseGpuReadings(text) : []),
    );
  });
}

/** Reads the tool's comma-separated lines. A value it could not measure is `[N/A]`. */
export function parseGpuReadings(text: string): readonly GpuReading[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [memory, temperature, power] = line.split(",").map((field) => field.trim());
      return {
        ...measured("usedMemoryMib", memory),
        ...measured("temperatureC", temperature),
        ...measured("powerW", power),
      };
    });
}

function measured(name: keyof GpuReading, text: string | undefined): GpuReading {
  return text !== undefined && /^\d{1,9}(?:\.\d{1,6})?$/.test(text) ? { [name]: Number(text) } : {};
}
