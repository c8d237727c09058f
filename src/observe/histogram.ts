import type { MetricObjectWithValues, MetricValueWithName, Registry } from "prom-client";

/** A histogram without labels whose `observe` is cheap enough to run for every read of every stream. */
export interface Histogram {
  /** Adds one value. Seconds. */
  observe(value: number): void;
}

/**
 * prom-client's own histogram builds a label key per observation; this one adds to an array and is turned into
 * prom-client's form when it is scraped. `buckets` are upper bounds, ascending.
 */
export function histogram(registry: Registry, name: string, help: string, buckets: readonly number[]): Histogram {
  const counts = new Float64Array(buckets.length + 1);
  let sum = 0;
  const metric = {
    name,
    help,
    async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
      const values: MetricValueWithName<string>[] = [];
      let cumulative = 0;
      for (const [index, bound] of [...buckets, "+Inf"].entries()) {
        cumulative += counts[index] as number;
        values.push({ metricName: `${name}_bucket`, labels: { le: bound }, value: cumulative });
      }
      values.push({ metricName: `${name}_sum`, labels: {}, value: sum });
      values.push({ metricName: `${name}_count`, labels: {}, value: cumulative });
      return { name, help, type: "histogram" as never, aggregator: "sum", collect: () => {}, values };
    },
    reset(): void {
      counts.fill(0);
      sum = 0;
    },
  };
  registry.registerMetric(metric as never);
  return {
    observe(value) {
      let index = 0;
      while (index < buckets.length && value > (buckets[index] as number)) index++;
      counts[index] = (counts[index] as number) + 1;
      sum += value;
    },
  };
}
