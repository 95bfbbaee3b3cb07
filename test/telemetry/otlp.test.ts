import { emptyResource } from "@opentelemetry/resources";
import { afterEach, describe, expect, it } from "vitest";
import { NotingExporter, openOtlp } from "../../src/telemetry/otlp.ts";
import { finished } from "../metrics/transactions.ts";
import { attributesOf, type Collector, lastMetric, startCollector } from "./collector.ts";
import { meters, sample, second } from "./meters.ts";

let collector: Collector | undefined;

afterEach(() => collector?.close());

/** Sends what was told to it, and returns what was noted meanwhile. */
async function sent(url: string): Promise<readonly string[]> {
  const notes: string[] = [];
  const told = meters();
  second(told, (recorder) => {
    for (const latencyUs of [0, 1_000, 1_000_000]) recorder.record(finished({ latencyUs }));
  });
  told.sample(sample);
  const address = { url: `${url}/v1/metrics?key=secret`, display: url };
  await openOtlp(address, {
    meters: told,
    version: "1.2.3",
    note: (text) => notes.push(text),
  }).close();
  return notes;
}

describe("metrics for an OpenTelemetry collector", () => {
  it("are sent when the run ends, whole, under the names that Prometheus makes its own of", async () => {
    collector = await startCollector();
    expect(await sent(collector.url)).toEqual([]);
    expect(collector.received[0]!.path).toBe("/v1/metrics?key=secret");
    const [resource] = collector.received[0]!.body.resourceMetrics;
    expect(attributesOf(resource!.resource.attributes)).toMatchObject({
      "service.name": "loadgen",
      "service.version": "1.2.3",
      "service.instance.id": expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      "loadgen.scenario": "ledger",
      "loadgen.variant": "current",
    });
    const transactions = lastMetric(collector, "loadgen.transactions");
    expect(transactions).toMatchObject({ unit: "{transaction}", sum: { isMonotonic: true } });
    const committed = transactions.sum!.dataPoints.find(
      ({ attributes }) => attributesOf(attributes).outcome === "committed",
    );
    expect(committed?.asDouble).toBe(3);
    expect(lastMetric(collector, "loadgen.active_sessions").gauge!.dataPoints[0]!.asDouble).toBe(1);
  });

  it("have latencies as exponential histograms, in seconds", async () => {
    collector = await startCollector();
    await sent(collector.url);
    const latency = lastMetric(collector, "loadgen.transaction.latency");
    expect(latency.unit).toBe("s");
    const [point] = latency.exponentialHistogram!.dataPoints;
    expect(point).toMatchObject({ count: 3, zeroCount: 1 });
    expect(point!.sum).toBeCloseTo(1.001, 6);
    const { offset, bucketCounts } = point!.positive!;
    const base = 2 ** (2 ** -point!.scale!);
    const filled = bucketCounts.flatMap((count, index) =>
      count > 0 ? [base ** (offset + index)] : [],
    );
    expect(filled).toHaveLength(2);
    for (const [index, seconds] of [0.001, 1].entries()) {
      expect(filled[index]!).toBeLessThanOrEqual(seconds * 1.001);
      expect(filled[index]! * base * 1.001).toBeGreaterThan(seconds);
    }
  });

  it("are noted once, by its code alone, where a collector refuses them", async () => {
    collector = await startCollector((response) =>
      response.writeHead(401, "no secret").end("secret"),
    );
    const { url } = collector;
    expect(await sent(url)).toEqual([
      `the OpenTelemetry collector at ${url} did not take the metrics (HTTP 401); the run goes on without`,
    ]);
  });

  it("are noted once, however often that happens", async () => {
    collector = await startCollector((response) => response.writeHead(401).end());
    const notes: string[] = [];
    const address = { url: collector.url, display: collector.url };
    const exporter = new NotingExporter(address, (text) => notes.push(text));
    const nothing = { resource: emptyResource(), scopeMetrics: [] };
    for (let count = 0; count < 2; count++) {
      await new Promise((resolve) => exporter.export(nothing, resolve));
    }
    expect(collector.received).toHaveLength(2);
    expect(notes).toHaveLength(1);
  });

  it("are given up where a collector never answers", async () => {
    collector = await startCollector(() => undefined);
    expect(await sent(collector.url)).toEqual([
      expect.stringMatching(/ did not take the metrics \(/),
    ]);
  });
});
