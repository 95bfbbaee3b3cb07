/** Metrics in the text format of Prometheus: for a scrape, and for the text file of node_exporter. */
import { Counter, Gauge, Histogram as PrometheusHistogram, Registry } from "prom-client";
import type { Histogram } from "../metrics/histogram.ts";
import type { Family, Point, RunMeters } from "./run-meters.ts";

export const prometheusContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * Seconds. Steps of 1, 2 and 5 from where a statement by primary key ends to the default timeout of a
 * transaction, and one beyond: a quantile between two of them is told to a factor of 2.5 at worst.
 * Prometheus' native histograms have no text format, so whoever needs more takes OTLP, or run.json.
 */
export const latencyBucketsSeconds = [
  ...[0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
  ...[1, 2, 5, 10, 20, 30, 60],
] as const;

/**
 * The text of the meters as they are when it is called. It is written at most once for each change, so
 * that a scrape costs the generator nothing that another one has paid.
 */
export function exposition(meters: RunMeters): () => Promise<string> {
  let revision = -1;
  let text = Promise.resolve("");
  return () => {
    if (meters.revision !== revision) {
      revision = meters.revision;
      text = prometheusText(meters);
    }
    return text;
  };
}

export function prometheusText(meters: RunMeters): Promise<string> {
  const registry = new Registry();
  registry.setDefaultLabels(meters.labels);
  for (const family of meters.families()) {
    if (family.points.length > 0) register(family, registry);
  }
  return registry.metrics();
}

function register(family: Family, registry: Registry): void {
  const { help, points } = family;
  const labelNames = Object.keys(points[0]?.labels ?? {});
  const configuration = { name: prometheusName(family), help, labelNames, registers: [registry] };
  switch (family.kind) {
    case "counter": {
      const counter = new Counter(configuration);
      for (const { labels, value } of family.points) counter.inc(labels, value);
      return;
    }
    case "gauge": {
      const gauge = new Gauge(configuration);
      for (const { labels, value } of family.points) gauge.set(labels, value);
      return;
    }
    case "histogram":
      new CountedHistogram(configuration, family.points);
  }
}

/**
 * By the rules that OpenTelemetry's and Prometheus' authors agreed on, so that both ways give the same
 * names (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/).
 */
export function prometheusName({ name, unit, kind }: Family): string {
  const suffix = (unit === "s" ? "_seconds" : "") + (kind === "counter" ? "_total" : "");
  return name.replaceAll(".", "_") + suffix;
}

type Configuration = ConstructorParameters<typeof PrometheusHistogram>[0];

/** One that was counted elsewhere: prom-client's own takes one value at a time, and a run has millions. */
class CountedHistogram extends PrometheusHistogram {
  readonly #name: string;
  readonly #help: string;
  readonly #points: readonly Point<Histogram>[];

  constructor(configuration: Configuration, points: readonly Point<Histogram>[]) {
    super(configuration);
    this.#name = configuration.name;
    this.#help = configuration.help;
    this.#points = points;
  }

  override get() {
    return Promise.resolve({
      name: this.#name,
      help: this.#help,
      type: "histogram" as never,
      aggregator: "sum" as const,
      collect: () => undefined,
      values: this.#points.flatMap((point) => linesOf(this.#name, point)),
    });
  }

  /** What the registry calls instead of `get` when it writes text. */
  getForPromString() {
    return this.get();
  }
}

function linesOf(name: string, { labels, value: histogram }: Point<Histogram>) {
  const below = countsUpTo(histogram, latencyBucketsSeconds);
  const buckets = [
    ...latencyBucketsSeconds.map((le, index) => ({ le: String(le), value: below[index] ?? 0 })),
    { le: "+Inf", value: histogram.count },
  ];
  const sumSeconds = ((histogram.mean ?? 0) * histogram.count) / 1_000_000;
  return [
    ...buckets.map(({ le, value }) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le },
      value,
    })),
    { metricName: `${name}_sum`, labels, value: sumSeconds },
    { metricName: `${name}_count`, labels, value: histogram.count },
  ];
}

/** How many took at most so long, each bound to the width of a slot, 0.1 %. */
function countsUpTo(histogram: Histogram, boundsSeconds: readonly number[]): readonly number[] {
  const counts = boundsSeconds.map(() => 0);
  let index = 0;
  let seen = 0;
  for (const { lowestUs, count } of histogram.slots()) {
    for (; lowestUs > (boundsSeconds[index] ?? Infinity) * 1_000_000; index++) counts[index] = seen;
    seen += count;
  }
  return counts.fill(seen, index);
}
