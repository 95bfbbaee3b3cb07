import { describe, expect, it } from "vitest";
import {
  exposition,
  latencyBucketsSeconds,
  prometheusText,
} from "../../src/telemetry/prometheus.ts";
import { aborted, finished } from "../metrics/transactions.ts";
import { quietRun } from "../report/run-result.ts";
import { meters, sample, second } from "./meters.ts";
import { samplesIn, valueOf } from "./text-format.ts";

describe("metrics for Prometheus", () => {
  it("count transactions, retries and errors over all intervals", async () => {
    const told = meters();
    const conflict = ["40001"];
    for (let count = 0; count < 2; count++) {
      second(told, (recorder) => {
        recorder.record(finished({ operation: "write", attempts: 2, failures: conflict }));
        recorder.record(finished({ operation: "write", outcome: aborted, failures: conflict }));
        recorder.censored("write", 5);
      });
    }
    const text = await prometheusText(told);
    const count = (outcome: string) =>
      valueOf(text, "loadgen_transactions_total", { operation: "write", outcome });
    expect(["committed", "aborted", "unknown", "censored"].map(count)).toEqual([2, 2, 0, 2]);
    expect(valueOf(text, "loadgen_retries_total", { operation: "write" })).toBe(2);
    expect(valueOf(text, "loadgen_errors_total", { sqlstate: "40001" })).toBe(4);
  });

  it("have latencies in rising buckets that hold what took at most so long", async () => {
    const told = meters();
    second(told, (recorder) => {
      for (const latencyUs of [100, 1_000, 1_001, 4_000_000, 90_000_000]) {
        recorder.record(finished({ latencyUs }));
      }
    });
    const text = await prometheusText(told);
    const name = "loadgen_transaction_latency_seconds";
    const upTo = (le: number | "+Inf") => valueOf(text, `${name}_bucket`, { le: String(le) });
    expect([0.0002, 0.0005, 0.001, 0.002, 2, 5, 60, "+Inf" as const].map(upTo)).toEqual([
      1, 1, 2, 3, 3, 4, 4, 5,
    ]);
    const counts = latencyBucketsSeconds.map(upTo);
    expect(counts).toEqual([...counts].sort((one, other) => one - other));
    expect(valueOf(text, `${name}_count`, {})).toBe(5);
    expect(valueOf(text, `${name}_sum`, {})).toBeCloseTo(94.002101, 6);
  });

  it("tell what was seen last, and nothing of what was not seen", async () => {
    const told = meters();
    told.sample({ ...sample, busySessions: null });
    const text = await prometheusText(told);
    expect(text).not.toContain("loadgen_busy_sessions");
    expect(text).not.toContain("loadgen_waiting_arrivals");
    expect(valueOf(text, "loadgen_active_sessions", {})).toBe(1);
    expect(valueOf(text, "loadgen_oldest_transaction_age_seconds", {})).toBe(1.5);
    expect(valueOf(text, "loadgen_session_waits", { type: "Lock", event: "tuple" })).toBe(2);
    expect(valueOf(text, "loadgen_fault_active", { fault: "freeze@1s" })).toBe(1);
    expect(valueOf(text, "loadgen_fault_active", { fault: "freeze@9s" })).toBe(0);
  });

  it("count what was offered and achieved by phase", async () => {
    const told = meters();
    told.sample({ ...sample, phase: "warmup" });
    told.sample(sample);
    told.sample(sample);
    const text = await prometheusText(told);
    expect(valueOf(text, "loadgen_offered_transactions_total", { phase: "warmup" })).toBe(5);
    expect(valueOf(text, "loadgen_achieved_transactions_total", { phase: "measured" })).toBe(8);
  });

  it("say at the end how it was judged, and no longer what was seen last", async () => {
    const told = meters();
    told.sample(sample);
    expect(await prometheusText(told)).not.toContain("loadgen_exit_code");
    told.ended({ ...quietRun, verdict: { status: "fail", exitCode: 99, reasons: [] } }, 1_500);
    const text = await prometheusText(told);
    expect(valueOf(text, "loadgen_exit_code", { status: "fail" })).toBe(99);
    expect(valueOf(text, "loadgen_run_end_timestamp_seconds", {})).toBe(1.5);
    expect(valueOf(text, "loadgen_server_info", { version: "18.4" })).toBe(1);
    expect(text).not.toContain("loadgen_active_sessions");
    expect(valueOf(text, "loadgen_fault_active", { fault: "freeze@1s" })).toBe(0);
  });

  it("name the run in every line, whatever its name is", async () => {
    const scenario = '/tmp/my "own"\\\nfile.sql';
    const told = meters(scenario);
    told.sample(sample);
    const samples = samplesIn(await prometheusText(told));
    expect(samples.length).toBeGreaterThan(5);
    for (const { labels } of samples)
      expect(labels).toMatchObject({ scenario, variant: "current" });
    expect(samples[0]).toMatchObject({
      name: "loadgen_run_info",
      labels: { seed: "12345", version: "1.2.3" },
    });
  });

  it("are written once for each change, however often they are scraped", async () => {
    const told = meters();
    const text = exposition(told);
    const first = text();
    expect(text()).toBe(first);
    told.sample(sample);
    expect(text()).not.toBe(first);
    expect(await text()).not.toBe(await first);
  });
});
