/** The gateway's variables an engine gets: what programs, accelerators and their caches need, and none of its secrets. */
const PASSED = new Set([
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "TZ",
  "TMPDIR",
  "LD_LIBRARY_PATH",
  "LD_PRELOAD",
  "PYTHONPATH",
  "VIRTUAL_ENV",
  "XDG_CACHE_HOME",
  "HF_HOME",
  "VLLM_CACHE_ROOT",
  "VLLM_ATTENTION_BACKEND",
  "VLLM_USE_V1",
  "CC",
  "CXX",
]);
const PASSED_PREFIX = /^(?:LC_|CUDA_|NVIDIA_|NCCL_|OMP_|TORCH|TRITON_|ROCM_|HIP_|GGML_|FLASHINFER_|DEMO_)/;

/** What every engine runs with: reproducible kernels, bounded compilation, no network for weights, no reports home. */
const FIXED: Readonly<Record<string, string>> = {
  CUBLAS_WORKSPACE_CONFIG: ":4096:8",
  PYTHONHASHSEED: "0",
  PYTHONUNBUFFERED: "1",
  MAX_JOBS: "4",
  HF_HUB_OFFLINE: "1",
  TRANSFORMERS_OFFLINE: "1",
  VLLM_NO_USAGE_STATS: "1",
  DO_NOT_TRACK: "1",
};

/** The variable that marks an engine and everything it starts. */
export const MARK_VARIABLE = "COUNTERSIGN_ENGINE_MARK";

/** The environment of an engine. `mark` tells the engine of this start from every other process. */
export function engineEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  mark: string,
): Record<string, string> {
  const passed = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (PASSED.has(entry[0]) || PASSED_PREFIX.test(entry[0])),
  );
  return { ...Object.fromEntries(passed), ...FIXED, [MARK_VARIABLE]: mark };
}
