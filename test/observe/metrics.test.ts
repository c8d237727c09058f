import { describe, expect, it } from "vitest";
import { createMetrics } from "../../src/observe/index.ts";

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A strict reader of the text exposition format: throws at what it does not know. */
function parse(text: string): { types: Map<string, string>; samples: Sample[] } {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = "", rest = ""] = comment;
      if (kind === "TYPE") {
        if (types.has(name)) throw new Error(`two types: ${line}`);
        expect(["counter", "gauge", "histogram"]).toContain(rest);
        types.set(name, rest);
      }
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)+)\})? (\S+)$/.exec(line);
    if (sample === null) throw new Error(`not a sample: ${line}`);
    const [, name = "", labelText = "", value = ""] = sample;
    const labels = Object.fromEntries(
      [...labelText.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]),
    ) as Record<string, string>;
    const number = value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value);
    if (Number.isNaN(number)) throw new Error(`not a number: ${line}`);
    const family = name.replace(/_(bucket|sum|count)$/, "");
    if (!types.has(name) && types.get(family) !== "histogram") throw new Error(`no type: ${line}`);
    samples.push({ name, labels, value: number });
  }
  return { types, samples };
}

async function samplesOf(
  metrics: ReturnType<typeof createMetrics>,
): Promise<(name: string, labels?: object) => number> {
  const { samples } = parse(await metrics.expose());
  return (name, labels = {}) => {
    const wanted = JSON.stringify(Object.entries(labels).sort());
    const found = samples.filter(
      (sample) => sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === wanted,
    );
    expect(found, `${name} ${wanted}`).toHaveLength(1);
    return found[0]?.value ?? Number.NaN;
  };
}

const OWN_HISTOGRAMS = {
  countersign_time_to_first_token_seconds: "timeToFirstToken",
  countersign_inter_token_gap_seconds: "interTokenGap",
  signature_generation_duration_seconds: "signing",
} as const;

describe("the exposition", () => {
  it("is text format 0.0.4 and parses, empty and in use", async () => {
    const metrics = createMetrics();
    expect(metrics.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    parse(await metrics.expose());
    metrics.exchangeStarted();
    metrics.exchangeEnded("rest", "/v1/chat/completions", "complete", 0.3);
    metrics.httpRequest("POST", 'a"b\\c\nd', 200, 0.1);
    metrics.gauge("cache_size", "Held.", () => 7);
    for (const name of Object.values(OWN_HISTOGRAMS)) metrics[name].observe(0.01);
    const { types, samples } = parse(await metrics.expose());
    expect(types.get("cache_size")).toBe("gauge");
    expect(samples.find(({ name }) => name === "cache_size")?.value).toBe(7);
    for (const name of Object.keys(OWN_HISTOGRAMS)) expect(types.get(name)).toBe("histogram");
  });

  it("of two gateways in one process is separate", async () => {
    const one = createMetrics();
    const two = createMetrics();
    one.error("internal");
    expect((await samplesOf(one))("http_errors_total", { error_type: "internal" })).toBe(1);
    expect(await two.expose()).not.toContain('error_type="internal"');
  });
});

describe("histograms", () => {
  it.each(Object.entries(OWN_HISTOGRAMS))(
    "%s counts every value once, cumulatively, bounds included",
    async (name, key) => {
      const metrics = createMetrics();
      const bounds = parse(await metrics.expose())
        .samples.filter((sample) => sample.name === `${name}_bucket`)
        .map(({ labels }) => (labels["le"] === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels["le"])));
      expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
      expect(bounds.at(-1)).toBe(Number.POSITIVE_INFINITY);
      const finite = bounds.slice(0, -1);
      const values = [0, ...finite, ...finite.map((bound) => bound * 1.01), 1e9];
      for (const value of values) metrics[key].observe(value);
      const { samples } = parse(await metrics.expose());
      const counts = samples.filter((sample) => sample.name === `${name}_bucket`).map(({ value }) => value);
      expect(counts).toEqual(bounds.map((bound) => values.filter((value) => value <= bound).length));
      const total = values.reduce((sum, value) => sum + value, 0);
      expect(samples.find((sample) => sample.name === `${name}_sum`)?.value).toBeCloseTo(total, 3);
      expect(samples.find((sample) => sample.name === `${name}_count`)?.value).toBe(values.length);
    },
  );

  it("of labelled kinds are cumulative too", async () => {
    const metrics = createMetrics();
    for (const seconds of [0.001, 0.02, 3, 5000]) metrics.httpRequest("GET", "/", 200, seconds);
    const { samples } = parse(await metrics.expose());
    const counts = samples.filter(({ name }) => name === "http_request_duration_seconds_bucket").map((s) => s.value);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts[0]).toBe(1);
    expect(counts.at(-1)).toBe(4);
  });
});

describe("counters", () => {
  it("follow exchanges, tokens, requests and connections", async () => {
    const metrics = createMetrics();
    const usage = { promptTokens: 5, completionTokens: 7, totalTokens: 12, cachedTokens: 1, reasoningTokens: 2 };
    metrics.exchangeStarted();
    metrics.exchangeStarted();
    metrics.exchangeEnded("grpc", "Chat", "complete", 1, usage);
    metrics.httpRequest("POST", "/v1/chat/completions", 401, 0.1);
    metrics.connectionOpened("tls");
    metrics.connectionOpened("tls");
    metrics.connectionClosed("tls");
    const value = await samplesOf(metrics);
    expect(value("countersign_exchanges_active")).toBe(1);
    expect(value("countersign_exchanges_total", { door: "grpc", operation: "Chat", status: "complete" })).toBe(1);
    expect(value("countersign_tokens_total", { kind: "prompt" })).toBe(5);
    expect(value("countersign_tokens_total", { kind: "completion" })).toBe(7);
    expect(value("http_requests_total", { method: "POST", endpoint: "/v1/chat/completions", status: "401" })).toBe(1);
    expect(value("active_connections", { listener: "tls" })).toBe(1);
  });
});
