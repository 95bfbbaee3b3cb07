import { describe, expect, it } from "vitest";
import { loadPanels } from "../../../src/report/page/charts/run-charts.ts";
import { dataId } from "../../../src/report/page/data-id.ts";
import { runPageText } from "../../../src/report/page/run-page.ts";
import type { RunPageData } from "../../../src/report/page/page-data.ts";
import { runSections } from "../../../src/report/run-sections.ts";
import { noLatency } from "../latencies.ts";
import { loudRun } from "../loud-run.ts";
import { quietRun } from "../run-result.ts";
import { hostile, snapshot, storedOf } from "./stored.ts";

const assets = { script: "draw();", style: "p{}" };

function pageOf(stored = storedOf(), folder = "reports/one"): string {
  return runPageText(stored, folder, assets);
}

function dataOf(page: string): RunPageData {
  const [, json = ""] =
    new RegExp(`<script type="application/json" id="${dataId}">(.*?)</script>`, "s").exec(page) ??
    [];
  return JSON.parse(json) as RunPageData;
}

/** As a reader sees it. */
function textOf(page: string): string {
  return page
    .replace(/<(script|style)\b.*?<\/\1>/gs, "")
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ");
}

const collapsed = (text: string) => text.replace(/\s+/g, " ").trim();

describe("the page of a run", () => {
  it("says first what the verdict is, and why", () => {
    const text = textOf(pageOf());
    const [first = "", second = ""] = loudRun.verdict.reasons;
    expect(text.indexOf("FAIL")).toBeLessThan(text.indexOf(first));
    expect(text.indexOf(first)).toBeLessThan(text.indexOf(second));
    expect(text.indexOf(second)).toBeLessThan(text.indexOf("Over time"));
  });

  it("has every sentence and every cell of the terminal's sections", () => {
    const text = textOf(pageOf());
    const said = runSections(loudRun).flatMap(({ rows, remarks }) => [...rows.flat(), ...remarks]);
    expect(said.map(collapsed).filter((one) => !text.includes(one))).toEqual([]);
  });

  it("has the parts of the issue in its order", () => {
    const ids = [...pageOf().matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id);
    const order = "time faults server spectrum operations judged counters generator origin";
    expect(ids).toEqual(order.split(" "));
  });

  it("lets no name become markup, nor end the block of data", () => {
    const operation = loudRun.operations["replace-references"]!;
    const edge = { ...loudRun.locks.edges[0]!, blocked: hostile };
    const run = {
      ...loudRun,
      verdict: { ...loudRun.verdict, reasons: [hostile] },
      operations: { [hostile]: operation },
      locks: { ...loudRun.locks, edges: [edge] },
    };
    const page = pageOf(storedOf(run), hostile);
    expect(page).not.toContain("<img");
    // The data, and the script.
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(dataOf(page).spectra[0]?.operation).toBe(hostile);
    expect(dataOf(page).edgeNames).toEqual([`${hostile} ← replace-references`]);
  });

  it("lets the browser run its own script and load nothing", () => {
    const [, policy = ""] = /Content-Security-Policy"\s+content="([^"]*)"/.exec(pageOf()) ?? [];
    expect(policy).toContain("default-src &#39;none&#39;");
    // printf 'draw();' | openssl dgst -sha256 -binary | base64
    expect(policy).toContain(
      "script-src &#39;sha256-Nrzt+Ak9TKllQ0f6KxPbgRgME4RTzfjVUaOmcylYOV8=&#39;",
    );
  });

  it("repeats the run by a command that a shell takes as it is", () => {
    expect(textOf(pageOf(storedOf(), "it's here"))).toContain(
      "loadgen run concurrent --repeat 'it'\\''s here'",
    );
  });

  it("says that there is no course where no samples were taken", () => {
    const page = pageOf({ ...storedOf(), samples: [] });
    expect(textOf(page)).toContain("Nobody took down how it went from second to second");
    expect(page).not.toContain('data-chart="load"');
  });

  it("says which percentiles no second had enough transactions for", () => {
    expect(textOf(pageOf())).toContain("There is no line for p99.9: it would take 10 000");
  });

  it("says of a run of k6 that it tells no latencies by the second, and draws none", () => {
    const stored = storedOf({ ...loudRun, plan: { ...loudRun.plan, engine: "k6" } });
    const samples = stored.samples.map((sample) => ({ ...sample, latencyUs: noLatency }));
    const text = textOf(pageOf({ ...stored, samples }));
    expect(text).toContain("the engine k6 tells none by the second");
    expect(text).not.toContain("There is no line for");
    const panels = loadPanels(dataOf(pageOf({ ...stored, samples })));
    expect(panels.map(({ title }) => title)).not.toContain("Latency (logarithmic)");
    expect(panels).toHaveLength(loadPanels(dataOf(pageOf(stored))).length - 1);
  });

  it("tells of a run that nobody looked at what is not known, and draws nothing of it", () => {
    const unseen = {
      ...quietRun,
      beside: null,
      observer: null,
      generator: null,
      host: null,
      offered: null,
      calibration: null,
      explain: null,
      noiseKey: null,
      equalRuns: null,
      waits: [] as [],
      locks: { ...quietRun.locks, samples: 0, waiting: null, edges: [] as [] },
      concurrency: {
        ...quietRun.concurrency,
        connectionsUsed: null,
        busySessions: null,
        activeSessions: null,
        idleInTransaction: null,
        connectionsInUseMax: null,
        backendsMax: null,
      },
    };
    const page = pageOf({ ...storedOf(unseen), samples: [], after: null });
    expect(textOf(page)).toContain("Nobody looked at its sessions while they worked");
    expect(textOf(page)).toContain("After the run the server could not be asked.");
    expect(page).not.toContain('data-chart="server"');
    expect(page).not.toContain("--repeat");
  });

  it("compares no counters across a restart of the server", () => {
    const after = { ...snapshot(2), startedAt: "2026-01-02T00:00:00.000Z" };
    expect(textOf(pageOf({ ...storedOf(), after }))).toContain("was started anew in between");
  });

  it("shares the growth of counters out over all that was committed, warm-up included", () => {
    const transactions = {
      ...loudRun.transactions,
      committed: 900,
      warmup: { ...loudRun.transactions.warmup, committed: 100 },
    };
    const text = textOf(pageOf(storedOf({ ...loudRun, transactions })));
    expect(text).toContain("1 000 committed transactions");
    expect(text).toContain("xact_commit +1 000 1 ");
    // An identifier, and what did not change.
    expect(text).not.toMatch(/\bdatid\b/);
    expect(text).not.toMatch(/deadlocks \+/);
  });
});
