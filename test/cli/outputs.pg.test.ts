import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { HistogramLogReader } from "hdr-histogram-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";
import { until } from "../helpers/postgres.ts";
import type { RunJson } from "../helpers/run-schema.ts";
import { parseXml, type XmlElement } from "../helpers/xml.ts";
import {
  attributesOf,
  type Collector,
  lastMetric,
  startCollector,
} from "../telemetry/collector.ts";
import { samplesIn, valueOf } from "../telemetry/text-format.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
});

afterAll(() => loadgen.remove());

const short = ["concurrent", "--sessions", "4", "--think", "0", "--warmup", "0", ...tinyFixture];

/** The cases of junit.xml by name: the name of the element that says what is wrong, or "passed". */
async function casesIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const root = parseXml(await readFile(join(folder, "junit.xml"), "utf8"));
  const cases = root.children[0]!.children.filter(({ name }) => name === "testcase");
  const how = ({ children }: XmlElement) =>
    children.find(({ name }) => name !== "system-out")?.name ?? "passed";
  return Object.fromEntries(cases.map((one) => [one.attributes.name ?? "", how(one)]));
}

describe("a run that is scraped, and that tells a collector", () => {
  const secret = "Bearer of-a-secret";
  const scrapes: string[] = [];
  let collector: Collector;
  let ended: Ended;
  let folder: string;
  let result: RunJson;

  beforeAll(async () => {
    collector = await startCollector();
    const words = [...short, "--duration", "7s", "--metrics-port", "0", "--otlp", collector.url];
    const run = loadgen.startRun(words, {
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${encodeURIComponent(secret)}`,
    });
    ({ folder } = run);
    await run.started.printed("measuring for");
    const [url = ""] = /http:\S+\/metrics$/m.exec(run.started.output()) ?? [];
    const committed = () => Math.max(0, ...scrapes.map(committedIn));
    // Until it has grown twice: more than one scrape has seen more than none.
    for (let grown = 0; grown < 2; grown++) {
      const before = committed();
      await until(async () => {
        scrapes.push(await (await fetch(url)).text());
        return committed() > before;
      }, "more committed transactions in a scrape");
    }
    ended = await run.started.ended;
    result = await runJsonIn(folder);
  });

  afterAll(() => collector.close());

  function committedIn(text: string): number {
    return samplesIn(text)
      .filter(
        ({ name, labels }) =>
          name === "loadgen_transactions_total" && labels.outcome === "committed",
      )
      .reduce((sum, { value }) => sum + value, 0);
  }

  it("ends well, and says where its metrics go", () => {
    expectCode(ended, 0);
    expect(ended.stdout).toMatch(/^ {2}metrics +http:\/\/127\.0\.0\.1:\d+\/metrics$/m);
    expect(ended.stdout).toContain(`  otlp        ${collector.url}/v1/metrics\n`);
    expect(ended.stdout).not.toContain("did not take the metrics");
  });

  it("shows counters that only grow, and what the server sees meanwhile", () => {
    const counts = scrapes.map(committedIn);
    expect(counts).toEqual([...counts].sort((one, other) => one - other));
    expect(valueOf(scrapes.at(-1)!, "loadgen_busy_sessions", {})).toBeLessThanOrEqual(4);
    expect(valueOf(scrapes.at(-1)!, "loadgen_run_clock_seconds", {})).toBeGreaterThan(0);
    expect(committedIn(scrapes.at(-1)!)).toBeLessThanOrEqual(result.transactions.committed);
  });

  it("leaves a text file that agrees with run.json", async () => {
    const text = await readFile(join(folder, "metrics.prom"), "utf8");
    const [operation, { count, latencyUs }] = Object.entries(result.operations)[0]!;
    const committed = { operation, outcome: "committed" };
    expect(valueOf(text, "loadgen_transactions_total", committed)).toBe(count);
    expect(valueOf(text, "loadgen_transaction_latency_seconds_count", committed)).toBe(count);
    const meanUs =
      (valueOf(text, "loadgen_transaction_latency_seconds_sum", committed) * 1_000_000) / count;
    expect(Math.abs(meanUs - (latencyUs.mean ?? 0))).toBeLessThanOrEqual(1);
    expect(valueOf(text, "loadgen_exit_code", { status: "pass", scenario: "concurrent" })).toBe(0);
    expect(valueOf(text, "loadgen_server_info", {})).toBe(1);
  });

  it("has sent the collector the same, with the headers that nobody else sees", async () => {
    // While it went on, and at the end.
    expect(collector.received.length).toBeGreaterThan(1);
    expect(collector.received.every(({ headers }) => headers.authorization === secret)).toBe(true);
    const sent = lastMetric(collector, "loadgen.transactions").sum!.dataPoints;
    const committed = sent.find(
      ({ attributes }) => attributesOf(attributes).outcome === "committed",
    );
    expect(committed?.asDouble).toBe(result.transactions.committed);
    const everything = await Promise.all(
      ["run.json", "plan.json", "summary.md", "junit.xml", "metrics.prom"].map((name) =>
        readFile(join(folder, name), "utf8"),
      ),
    );
    for (const text of [ended.stdout, ended.stderr, ...scrapes, ...everything]) {
      expect(text).not.toContain("of-a-secret");
    }
  });

  it("has a green junit.xml", async () => {
    const cases = await casesIn(folder);
    expect(cases).toMatchObject({ verdict: "passed", "aborted: count == 0": "passed" });
    expect(Object.values(cases).every((how) => how === "passed")).toBe(true);
    expect(Object.keys(cases)).toHaveLength(
      1 + result.thresholds.length + result.invariants.length,
    );
  });

  it("has an interval log that another program reads to the same counts and percentiles", async () => {
    const reader = new HistogramLogReader(await readFile(join(folder, "latency.hlog"), "utf8"));
    const first = reader.nextIntervalHistogram()!;
    for (let next = reader.nextIntervalHistogram(); next !== null;) {
      if (next.tag === first.tag) first.add(next);
      next = reader.nextIntervalHistogram();
    }
    const [operation, { count, censored, latencyUs }] = Object.entries(result.operations)[0]!;
    expect([first.tag, censored]).toEqual([`${operation}:committed`, 0]);
    expect(first.totalCount).toBe(count);
    for (const [percent, us] of [
      [50, latencyUs.p50],
      [90, latencyUs.p90],
      [100, latencyUs.max],
    ] as const) {
      // Of a hundred transactions and fewer, p90 is not told.
      if (us === null) continue;
      // Three significant digits.
      const read = first.getValueAtPercentile(percent);
      expect(Math.abs(read - us) / us, `p${percent}`).toBeLessThan(0.001);
    }
  });
});

describe("outputs", () => {
  it("are red where a threshold fails, and do not depend on a collector that is not there", async () => {
    const file = join(loadgen.folder, "thresholds.yaml");
    await writeFile(file, 'latency: ["max < 1us"]\n');
    const run = loadgen.startRun([...short, "--duration", "1s", "--thresholds", file], {
      // The port of nobody (tcpmux).
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
    });
    const ended = await run.started.ended;
    expectCode(ended, 99);
    expect(ended.stdout).toContain(
      "http://127.0.0.1:1/v1/metrics (of OTEL_EXPORTER_OTLP_ENDPOINT)",
    );
    expect(ended.stdout.match(/did not take the metrics \(ECONNREFUSED\)/g)).toHaveLength(1);
    expect(await casesIn(run.folder)).toMatchObject({
      verdict: "failure",
      "latency: max < 1us": "failure",
      "aborted: count == 0": "passed",
    });
    const text = await readFile(join(run.folder, "metrics.prom"), "utf8");
    expect(valueOf(text, "loadgen_exit_code", { status: "fail" })).toBe(99);
  });

  it("on a port that is in use are wrong usage, before anything starts", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    const ended = await loadgen.command("run", ...short, "--metrics-port", String(port));
    await new Promise((resolve) => taken.close(resolve));
    expectCode(ended, 2);
    expect(ended.stderr).toBe(
      `loadgen: --metrics-port: 127.0.0.1:${port} is in use: expected a free port, or 0 for any\n`,
    );
    expect(ended.stdout).toBe("");
  });
});
