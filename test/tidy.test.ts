import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { systems } from "../fixtures/index.ts";

/** What each floor may import, itself included. Imports point down: a lower floor never sees a higher one. */
const floors: Readonly<Record<string, readonly string[]>> = {
  "src/core": ["src/core", "seedrandom/lib/tychei.js"],
  "src/metrics": ["src/core", "src/metrics", "hdr-histogram-js", "yaml"],
  "src/statistics": ["src/core", "src/statistics", "jstat"],
  "src/scaling": ["src/core", "src/statistics", "src/scaling", "ml-levenberg-marquardt"],
  "src/faults": ["src/core", "src/faults", "node:", "zod"],
  "src/invariants": ["src/core", "src/invariants"],
  // A stream is what a loaded history and those who go on with it have in common; kinds are columns of values.
  scenarios: [
    "src/core",
    "scenarios",
    "fixtures/event-history/stream",
    "fixtures/metaverse/kinds.ts",
  ],
  fixtures: ["src/core", "fixtures", "node:crypto", "yaml", "zod"],
  "src/server": ["src/core", "src/server", "node:", "pg", "pg-", "proper-lockfile", "zod"],
  "src/network": ["src/core", "src/faults", "src/server", "src/network", "node:"],
  "src/observe": ["src/core", "src/scaling", "src/observe", "src/server", "node:"],
  "src/engine": [
    "src/core",
    "src/metrics",
    "src/server",
    "src/engine",
    "node:",
    "pg",
    "pg-copy-streams",
    "p-limit",
    "esbuild",
    "k6",
  ],
  // What k6 runs: none of Node's, and of the rest only what is pure.
  "src/engine/k6/script": [
    "src/core",
    "src/metrics/histogram.ts",
    "src/metrics/recorder.ts",
    "src/metrics/tally-parts.ts",
    "src/engine/array-literal.ts",
    "src/engine/bookkeeping.ts",
    "src/engine/farewell.ts",
    "src/engine/statements.ts",
    "src/engine/turn.ts",
    "src/engine/k6/conducting.ts",
    "src/engine/k6/conninfo.ts",
    "src/engine/k6/lines.ts",
    "src/engine/k6/progress.ts",
    "src/engine/k6/setting.ts",
    "src/engine/k6/shared-world.ts",
    "src/engine/k6/script",
    "k6",
  ],
  "src/run": [
    "src/core",
    "src/metrics",
    "src/faults",
    "src/invariants",
    "src/scaling",
    "src/server",
    "src/network",
    "src/observe",
    "src/engine",
    "src/run",
    "node:",
    "zod",
  ],
  // Judges runs that are stored; only what reads them in src/run touches files.
  "src/compare": ["src/core", "src/statistics", "src/run", "src/compare", "node:path"],
  "src/watch": ["src/core", "src/scaling", "src/server", "src/observe", "src/run", "src/watch"],
  "src/sweep": ["src/core", "src/metrics", "src/statistics", "src/scaling", "src/run", "src/sweep"],
  "src/nightly": [
    "src/core",
    "src/statistics",
    "src/run",
    "src/compare",
    "src/sweep",
    "src/nightly",
    "node:",
    "zod",
  ],
  // Reads results; of the run, and of the observers, it knows only what they leave.
  "src/report": [
    "src/core",
    "src/metrics",
    "src/scaling",
    "src/run",
    "src/compare",
    "src/sweep",
    "src/watch",
    "src/observe",
    "src/nightly",
    "src/report",
    "echarts",
    "node:crypto",
    "picocolors",
  ],
  // Of the run it knows what its listeners are told.
  "src/telemetry": [
    "src/core",
    "src/metrics",
    "src/run/listener.ts",
    "src/run/result.ts",
    "src/telemetry",
    "node:",
    "prom-client",
    "@opentelemetry",
  ],
  // A run's page while the run goes on.
  "src/live": ["src/core", "src/run", "src/report", "src/live", "node:"],
  "src/cli": [
    "src/",
    "scenarios",
    "fixtures",
    "node:",
    "commander",
    "zod",
    "yaml",
    "esbuild",
    "picocolors",
    "cli-",
  ],
};

const root = resolve(import.meta.dirname, "..");

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => join(folder, name));
}

/** The modules a source imports, types included; paths are relative to the root. */
function importsOf(file: string, text: string): string[] {
  const found = [...text.matchAll(/\bfrom\s+"([^"]+)"|(?<!-)\bimport\s*\(?\s*"([^"]+)"/g)];
  return found
    .map((match) => match[1] ?? match[2] ?? "")
    .map((name) =>
      name.startsWith(".") ? relative(root, resolve(root, dirname(file), name)) : name,
    );
}

function isAllowed(name: string, allowed: readonly string[]): boolean {
  return allowed.some((prefix) =>
    /[:/-]$/.test(prefix)
      ? name.startsWith(prefix)
      : name === prefix || name.startsWith(`${prefix}/`),
  );
}

function violations(floor: string, file: string, text: string): string[] {
  const allowed = floors[floor] ?? [];
  return importsOf(file, text)
    .filter((name) => !isAllowed(name, allowed))
    .map((name) => `${file} imports ${name}`);
}

/** Files that know one another, directly or over others, types included. `importsOf`: by file. */
function circlesIn(importsOf: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const clear = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(" > "));
      return;
    }
    if (clear.has(file)) return;
    for (const next of importsOf.get(file) ?? []) visit(next, [...path, file]);
    clear.add(file);
  };
  for (const file of importsOf.keys()) visit(file, []);
  return circles;
}

function withoutComments(file: string): string {
  const text = readFileSync(join(root, file), "utf8");
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/[^\n]*/g, "");
}

function namedIn(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w-])${name}(?![\\w-])`, "i").test(text);
}

describe("the house", () => {
  it.each(Object.keys(floors))("%s imports only what lies below it", (floor) => {
    const files = sourcesIn(floor);
    expect(files.length, `no sources seen in ${floor}`).toBeGreaterThan(0);
    const found = files.flatMap((file) =>
      violations(floor, file, readFileSync(join(root, file), "utf8")),
    );
    expect(found).toEqual([]);
  });

  it("would notice an upward import, even of a type", () => {
    const planted = 'import type { Client } from "pg";\nimport { run } from "../run/run.ts";';
    expect(violations("src/core", "src/core/step.ts", planted)).toEqual([
      "src/core/step.ts imports pg",
      "src/core/step.ts imports src/run/run.ts",
    ]);
  });

  it("has no circle of imports, not even of types", () => {
    const sources = ["src", "scenarios", "fixtures"].flatMap(sourcesIn);
    const imports = new Map(
      sources.map((file) => [file, importsOf(file, readFileSync(join(root, file), "utf8"))]),
    );
    expect([...imports.values()].flat().filter((name) => imports.has(name)).length).toBeGreaterThan(
      sources.length,
    );
    expect(circlesIn(imports)).toEqual([]);
  });

  it("would notice a circle over a third file", () => {
    const planted = new Map([
      ["a.ts", ["b.ts", "c.ts"]],
      ["b.ts", ["c.ts"]],
      ["c.ts", ["b.ts"]],
    ]);
    expect(circlesIn(planted)).toEqual(["b.ts > c.ts > b.ts"]);
  });

  /** Comments may, for an example. */
  it("names no system in its sources", () => {
    const names = systems.flatMap(({ name, tables }) => [
      name,
      ...tables.map(({ table }) => table),
    ]);
    const files = sourcesIn("src").map((file) => [file, withoutComments(file)] as const);
    expect(files.length).toBeGreaterThan(100);
    const found = files.flatMap(([file, text]) =>
      names.filter((name) => namedIn(text, name)).map((name) => `${file} names ${name}`),
    );
    expect(found).toEqual([]);
    expect(namedIn('select 1 from "mv".x join mv.object as o', "mv.object")).toBe(true);
  });

  it("has every source folder on a floor", () => {
    const folders = readdirSync(join(root, "src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `src/${entry.name}`);
    expect(folders.filter((folder) => !(folder in floors))).toEqual([]);
  });

  it("names nothing of event-history in src, which must not know systems", () => {
    const names = /event-history|history\.orders|orders_current|orders_live|last_block/i;
    const files = sourcesIn("src");
    expect(files.length).toBeGreaterThan(100);
    const found = files.filter((file) => names.test(readFileSync(join(root, file), "utf8")));
    expect(found).toEqual([]);
    expect(names.test("from history.orders_current")).toBe(true);
  });
});
