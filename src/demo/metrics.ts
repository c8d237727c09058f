/** Counters of one engine. Tests watch cancellation through them. */
export interface Metrics {
  /** A generation begins. The returned function ends it, once, in the given way. */
  begin(promptTokens: number): (outcome: "finished" | "cancelled", completionTokens: number) => void;
  /** The text of /metrics, in the Prometheus exposition format. */
  render(): string;
}

export function createMetrics(model: string): Metrics {
  const totals = { running: 0, requests: 0, cancelled: 0, finished: 0, promptTokens: 0, completionTokens: 0 };

  function begin(promptTokens: number) {
    totals.running += 1;
    totals.requests += 1;
    totals.promptTokens += promptTokens;
    let open = true;
    return (outcome: "finished" | "cancelled", completionTokens: number): void => {
      if (!open) return;
      open = false;
      totals.running -= 1;
      totals[outcome] += 1;
      totals.completionTokens += completionTokens;
    };
  }

  function render(): string {
    const label = `{model_name="${model}"}`;
    return [
      metric("vllm:num_requests_running", "gauge", "Requests being generated.", label, totals.running),
      metric(
        "vllm:num_requests_waiting",
        "gauge",
        "Requests waiting for a place; the demo engine never queues.",
        label,
        0,
      ),
      metric("vllm:kv_cache_usage_perc", "gauge", "Share of the cache in use; the demo engine has none.", label, 0),
      metric("vllm:prompt_tokens_total", "counter", "Prompt tokens read.", label, totals.promptTokens),
      metric("vllm:generation_tokens_total", "counter", "Tokens generated.", label, totals.completionTokens),
      metric("vllm:request_success_total", "counter", "Generations that finished.", label, totals.finished),
      metric("countersign_demo_requests_running", "gauge", "Generations in flight.", "", totals.running),
      metric("countersign_demo_requests_total", "counter", "Generations begun.", "", totals.requests),
      metric("countersign_demo_cancelled_total", "counter", "Generations that the caller left.", "", totals.cancelled),
    ].join("");
  }

  return { begin, render };
}

function metric(name: string, type: string, help: string, label: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name}${label} ${value}\n`;
}
