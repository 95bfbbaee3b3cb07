/**
 * Sends a run's metrics to an OpenTelemetry collector, by OTLP over HTTP with JSON. Only loaded where
 * it is asked for. The meters have counted already, so they are handed to the SDK's reader as a
 * producer of their own: to record each transaction once more, one at a time, would cost the generator.
 */
import { randomUUID } from "node:crypto";
import { ValueType } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  MeterProvider,
  type MetricData,
  type MetricProducer,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import { exponentialBuckets } from "./exponential-buckets.ts";
import type { Family, Point, RunMeters } from "./run-meters.ts";

/** Often enough to see a fault of some seconds in a collector's charts. */
const exportIntervalMs = 5_000;

/** A collector nearby answers in milliseconds; one that does not is not waited for. */
const exportTimeoutMs = 2_000;

/** The export under way, and the last one. */
const shutdownMsMax = 2 * exportTimeoutMs + 500;

export interface OtlpExport {
  /** Sends what there is once more and ends, within some seconds, whatever the collector does. Never rejects. */
  close(): Promise<void>;
}

/**
 * Headers, certificates and compression are the exporter's own standard variables (OTEL_EXPORTER_OTLP_…).
 * @param address the collector's, with its path; and the same without what may be secret, to show.
 * @param note told once, if the collector cannot be reached or refuses.
 */
export function openOtlp(
  address: OtlpAddress,
  { meters, version, note }: Exported & { readonly note: (text: string) => void },
): OtlpExport {
  const exporter = new NotingExporter(address, note);
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: exportIntervalMs,
    exportTimeoutMillis: exportTimeoutMs,
    metricProducers: [new MetersProducer({ meters, version })],
  });
  const own = { "service.name": "loadgen", "service.version": version };
  // Lest two runs at the same time be one series. Whoever names it by OTEL_RESOURCE_ATTRIBUTES has that.
  const resource = resourceFromAttributes({ "service.instance.id": randomUUID() })
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes({ ...own, ...withPrefix(meters.labels) }));
  const provider = new MeterProvider({ resource, readers: [reader] });
  return { close: () => withinShutdown(provider.shutdown(), () => exporter.noteOnce("too slow")) };
}

interface OtlpAddress {
  readonly url: string;
  readonly display: string;
}

interface Exported {
  readonly meters: RunMeters;
  /** loadgen's own. */
  readonly version: string;
}

/** As resource attributes: those of the run. */
function withPrefix(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [`loadgen.${name}`, value]),
  );
}

async function withinShutdown(shutdown: Promise<void>, onLate: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      onLate();
      resolve();
    }, shutdownMsMax);
  });
  // What could not be sent, the exporter has noted.
  await Promise.race([shutdown.catch(() => undefined), late]);
  clearTimeout(timer);
}

/** Says once that the collector does not take what it is sent, by codes alone: texts might quote headers. */
export class NotingExporter extends OTLPMetricExporter {
  readonly #display: string;
  readonly #note: (text: string) => void;
  #isNoted = false;

  constructor({ url, display }: OtlpAddress, note: (text: string) => void) {
    super({
      url,
      timeoutMillis: exportTimeoutMs,
      temporalityPreference: AggregationTemporality.CUMULATIVE,
    });
    this.#display = display;
    this.#note = note;
  }

  override export(...[metrics, done]: Parameters<OTLPMetricExporter["export"]>): void {
    super.export(metrics, (result) => {
      if (result.error !== undefined) this.noteOnce(codeOf(result.error));
      done(result);
    });
  }

  noteOnce(why: string): void {
    if (this.#isNoted) return;
    this.#isNoted = true;
    this.#note(
      `the OpenTelemetry collector at ${this.#display} did not take the metrics (${why}); the run goes on without`,
    );
  }
}

function codeOf(error: Error): string {
  const { code } = error as { readonly code?: string | number };
  if (code === undefined) return "no answer in time";
  return typeof code === "number" ? `HTTP ${code}` : code;
}

/** The meters, as the SDK's reader asks for them. */
class MetersProducer implements MetricProducer {
  readonly #meters: RunMeters;
  readonly #version: string;
  readonly #startMs = Date.now();

  constructor({ meters, version }: Exported) {
    this.#meters = meters;
    this.#version = version;
  }

  collect(): Promise<CollectionResult> {
    const times = { startTime: hrTime(this.#startMs), endTime: hrTime(Date.now()) };
    const metrics = this.#meters
      .families()
      .filter(({ points }) => points.length > 0)
      .map((family) => metricOf(family, times));
    const scope = { name: "loadgen", version: this.#version };
    const resource: ResourceMetrics["resource"] = resourceFromAttributes({});
    return Promise.resolve({
      resourceMetrics: { resource, scopeMetrics: [{ scope, metrics }] },
      errors: [],
    });
  }
}

type Times = Pick<MetricData["dataPoints"][number], "startTime" | "endTime">;

/** Seconds and nanoseconds. */
function hrTime(epochMs: number): Times["startTime"] {
  return [Math.floor(epochMs / 1000), Math.round((epochMs % 1000) * 1_000_000)];
}

function metricOf(family: Family, times: Times): MetricData {
  const { name, unit, help: description } = family;
  const descriptor = { name, unit, description, valueType: ValueType.DOUBLE };
  const common = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
  const dataPoint = <Value>({ labels, value }: Point<Value>) => ({
    ...times,
    attributes: labels,
    value,
  });
  switch (family.kind) {
    case "counter":
      return {
        ...common,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: family.points.map(dataPoint),
      };
    case "gauge":
      return {
        ...common,
        dataPointType: DataPointType.GAUGE,
        dataPoints: family.points.map(dataPoint),
      };
    case "histogram":
      return {
        ...common,
        dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
        dataPoints: family.points.map((point) => dataPoint(exponential(point))),
      };
  }
}

function exponential({
  labels,
  value: histogram,
}: Extract<Family, { kind: "histogram" }>["points"][number]) {
  const { scale, zeroCount, offset, bucketCounts } = exponentialBuckets(histogram);
  const { count, mean, min, max } = histogram;
  return {
    labels,
    value: {
      ...{ count, scale, zeroCount },
      sum: ((mean ?? 0) * count) / 1_000_000,
      min: (min ?? 0) / 1_000_000,
      max: (max ?? 0) / 1_000_000,
      positive: { offset, bucketCounts: [...bucketCounts] },
      negative: { offset: 0, bucketCounts: [] },
    },
  };
}
