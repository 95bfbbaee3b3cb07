import { describe, expect, it } from "vitest";
import { sweepPlot } from "../../src/report/sweep-plot.ts";
import { serviceSweep } from "./service-sweep.ts";
import { bendingSweep, generatorSweep, poolSweep } from "./sweep-result.ts";

const all = { poolSweep, bendingSweep, generatorSweep, serviceSweep };

/** What a reader reads, in the order drawn. */
function textsOf(svg: string): string[] {
  const named = { lt: "<", gt: ">", amp: "&", quot: '"', "#39": "'" } as Record<string, string>;
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) =>
    text.replace(/&(\w+|#\d+);/g, (_, name: string) => named[name] ?? "?"),
  );
}

/** Throws at the first tag that is not closed, or closed by another one. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  const tags = /<(\/?)([a-zA-Z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|<!\[CDATA\[[^]*?\]\]>/g;
  const rest = svg.replace(
    tags,
    (_, closing: string, name: string | undefined, __, single: string) => {
      if (name === undefined || single === "/") return "";
      if (closing === "") open.push(name);
      else expect(open.pop()).toBe(name);
      return "";
    },
  );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]/);
}

// The first of them loads the library, which takes a busy machine its time.
describe("the plot of a sweep", { timeout: 120_000 }, () => {
  it.each(Object.entries(all))("is an image with all its figures: %s", async (_, result) => {
    const svg = await sweepPlot(result);
    expectWellFormed(svg);
    expect(svg).not.toMatch(/NaN|undefined|Infinity|null/);
    expect(svg).toMatch(/^<svg width="1000" height="\d+"/);
  });

  it("is the same for the same sweep, whatever was drawn before", async () => {
    const first = await sweepPlot(poolSweep);
    await sweepPlot(serviceSweep);
    expect(await sweepPlot(poolSweep)).toBe(first);
    expect(await sweepPlot(generatorSweep)).not.toBe(first);
  });

  it("says what was swept, each series, and the units", async () => {
    const texts = textsOf(await sweepPlot(poolSweep));
    for (const text of [
      "Sweep of concurrent: pass, at 100 sessions limited by the pool of connections",
      "system dms, variant current, a pool of 6, hold 100 ms, seed 12345",
      "Throughput",
      "committed transactions a second",
      "each run",
      "mean, with its 95 % interval",
      "hinge fitted to the means",
      "knee 5.9 (95 %: 5.7 to 6.2)",
      "At the server",
      "sessions (logarithmic)",
      "backends (most)",
      "busy sessions (mean)",
      "of these active (mean)",
      "Where the time of a transaction goes",
      "ms a transaction",
      "waiting for a connection of the pool",
      "in an open transaction, the client's turn",
      "running on the server",
      "on the network, in the driver or in the generator",
    ]) {
      expect(texts).toContain(text);
    }
    for (const { sessions } of poolSweep.steps) expect(texts).toContain(String(sessions));
  });

  it("has each line and each layer in a colour of its own, beside its legend", async () => {
    const svg = await sweepPlot(poolSweep);
    const drawn = (colour: string) => svg.split(colour).length - 1;
    const colours = { busy: "#0072b2", active: "#009e73", backends: "#777777", pool: "#d55e00" };
    for (const [name, colour] of Object.entries(colours)) {
      expect(drawn(colour), name).toBeGreaterThan(1);
    }
    expect(drawn("#b2182b"), "the knee").toBeGreaterThan(1);
    expect((await sweepPlot(bendingSweep)).includes("#b2182b")).toBe(false);
  });

  it("draws a point for every run", async () => {
    const points = (svg: string) => svg.match(/stroke="#777777"/g)?.length ?? 0;
    const [first, ...others] = poolSweep.steps;
    const fewer = { ...first!, runs: first!.runs.slice(1) };
    expect(points(await sweepPlot(poolSweep))).toBe(
      points(await sweepPlot({ ...poolSweep, steps: [fewer, ...others] })) + 1,
    );
  });

  it("says so where no knee is claimed, and marks none", async () => {
    const texts = textsOf(await sweepPlot(bendingSweep));
    expect(texts).toContain("Throughput (no knee is claimed)");
    expect(texts).toContain(bendingSweep.kneeEvidence);
    expect(texts.join("\n")).not.toMatch(/^(knee|hinge)/m);
  });

  it("draws the hinge that the knee was read from", async () => {
    const dashed = /d="([^"]*)"[^>]*stroke="#b2182b"[^>]*stroke-dasharray/g;
    const hinges = [...(await sweepPlot(poolSweep)).matchAll(dashed)].map(([, path = ""]) => path);
    // One in the panel and one in its legend; in the panel one corner more than there are counts.
    expect(hinges.map((path) => path.match(/[ML]/g)?.length)).toContain(poolSweep.steps.length + 1);
    const level = { ...poolSweep.knee!, fit: poolSweep.knee!.fit.slice(4) };
    const other = await sweepPlot({ ...poolSweep, knee: level });
    expect(other).not.toBe(await sweepPlot(poolSweep));
  });

  it("draws the law only where it is adequate", async () => {
    const law = /^USL: alpha 0.1, beta 0.002/m;
    expect(textsOf(await sweepPlot(bendingSweep)).join("\n")).toMatch(law);
    const usl = { ...bendingSweep.usl!, adequate: false };
    expect(textsOf(await sweepPlot({ ...bendingSweep, usl })).join("\n")).not.toMatch(/USL/);
    expect(textsOf(await sweepPlot(poolSweep)).join("\n")).not.toMatch(/USL/);
  });

  it("keeps the places of a modelled service apart", async () => {
    const texts = textsOf(await sweepPlot(serviceSweep));
    expect(texts).toContain("waiting at the service's gate schema-lock");
    expect(texts).toContain("waiting at the service's gate cores");
    expect(texts).toContain("at work in the modelled service");
  });

  it("can be drawn of one step, of a dead one, and of none", async () => {
    const [first] = poolSweep.steps;
    const dead = { ...first!, perSecond: 0, low: 0, high: 0, runs: [], parts: [] };
    for (const steps of [[first!], [dead], []]) {
      const svg = await sweepPlot({ ...poolSweep, steps, knee: null, usl: null });
      expectWellFormed(svg);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});
