import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Night, NightLine } from "../../src/nightly/result.ts";
import { expectCode, Loadgen } from "../helpers/loadgen.ts";
import { twentyCalls } from "../helpers/twenty-calls.ts";

let loadgen: Loadgen;
let count = 0;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
});

afterEach(() => loadgen.killAll());

afterAll(() => loadgen.remove());

const defaults = ["defaults:", "  documents: 200", "  references: 2000", "  warmup: 0"];
const writes = [
  "  - name: writes",
  "    scenario: concurrent",
  "    sessions: 2",
  "    transactions: 40",
];
const reads = ["  - name: reads", "    scenario: point-read", "    transactions: 50"];

/** Starts a night of this suite, with a folder of its own. */
async function startNight(lines: readonly string[], ...words: readonly string[]) {
  const suite = join(loadgen.folder, `suite-${++count}.yaml`);
  await writeFile(suite, ["name: two", ...defaults, "runs:", ...lines].join("\n"));
  const folder = join(loadgen.folder, `night-${count}`);
  const started = loadgen.start(["nightly", "--suite", suite, "--out", folder, ...words]);
  return { folder, started };
}

function ownHistory(name: string): readonly string[] {
  return ["--history", join(loadgen.folder, `${name}.ndjson`)];
}

async function nightIn(folder: string): Promise<Night> {
  return JSON.parse(await readFile(join(folder, "nightly.json"), "utf8")) as Night;
}

async function linesOf(history: string): Promise<NightLine[]> {
  const text = await readFile(history, "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as NightLine);
}

it("makes every run, and adds one line to the history by which the next night is judged", async () => {
  const history = join(loadgen.home, "history", "two.ndjson");
  const first = await startNight([...writes, ...reads]);
  const ended = await first.started.ended;
  expectCode(ended, 0);
  expect(ended.stdout).toContain("none is judged against earlier nights yet");
  const night = await nightIn(first.folder);
  expect(night).toMatchObject({ schema: "loadgen.night/1", verdict: { exitCode: 0 } });
  expect(night.runs.map(({ name, folder }) => [name, folder])).toEqual([
    ["writes", "runs/01-writes"],
    ["reads", "runs/02-reads"],
  ]);
  for (const { folder, figures } of night.runs) {
    await readFile(join(first.folder, folder ?? "", "run.json"));
    expect(figures.throughput).toBeGreaterThan(0);
  }
  expect(night.history.file).toBe(history);
  expect(await readFile(join(first.folder, "summary.md"), "utf8")).toContain("| writes | pass |");

  const [line, ...more] = await linesOf(history);
  if (line === undefined || more.length > 0) throw new Error("one night has one line");
  expect(Object.keys(line.runs)).toEqual(["writes", "reads"]);
  // Nights on the same ground in which `writes` came to a hundred times as much.
  await writeFile(history, earlierNights(line, 100).join(""));
  const second = await startNight(writes);
  const judged = await second.started.ended;
  expectCode(judged, 98);
  expect(judged.stdout).toMatch(/writes: throughput fell by 9\d % against the 5 nights before/);
  expect((await nightIn(second.folder)).runs[0]?.judgement).toMatchObject({
    kind: "judged",
    verdict: "slower",
    nights: 5,
  });
  const lines = await linesOf(history);
  expect(lines).toHaveLength(6);
  expect(lines.at(-1)).toMatchObject({ exitCode: 98, runs: { writes: { judged: "slower" } } });
});

/** Five of them, which differ by a percent. */
function earlierNights(line: NightLine, factor: number): string[] {
  const { writes: run } = line.runs;
  return [0.99, 1.01, 1, 0.995, 1.005].map((noise, day) => {
    const throughput = (run?.figures.throughput ?? NaN) * factor * noise;
    const faster = { ...run, figures: { ...run?.figures, throughput } };
    const at = new Date(Date.UTC(2026, 0, 1 + day)).toISOString();
    return `${JSON.stringify({ ...line, at, runs: { writes: faster } })}\n`;
  });
}

it("catches the variant that is slowed on purpose, after four nights without it", async () => {
  await writeFile(join(loadgen.folder, "calls.ts"), twentyCalls);
  const entry = (variant: string) => [
    "  - name: calls",
    "    scenario: ./calls.ts",
    "    duration: 1s",
    `    variant: ${variant}`,
  ];
  const history = ownHistory("variants");
  for (let night = 0; night < 4; night++) {
    const { started } = await startNight(entry("current"), ...history);
    expectCode(await started.ended, 0);
  }
  const { folder, started } = await startNight(entry("slowed"), ...history);
  expectCode(await started.ended, 98);
  const { verdict, runs } = await nightIn(folder);
  expect(verdict.reasons[0]).toMatch(
    /^calls: throughput fell by \d+ % against the 4 nights before \(.*\); variant: current in the baseline, slowed in the candidate$/,
  );
  expect(runs[0]?.judgement).toMatchObject({ kind: "judged", verdict: "slower" });
});

it("goes on after a run that fails, and ends with the gravest", async () => {
  const failing = [...writes, '    thresholds: { committed: ["count > 1000000"] }'];
  const { folder, started } = await startNight(
    [...failing, ...reads],
    "--json",
    ...ownHistory("failing"),
  );
  const ended = await started.ended;
  expectCode(ended, 99);
  const night = JSON.parse(ended.stdout) as Night;
  expect(night.verdict.reasons[0]).toMatch(/^writes: committed: count > 1000000/);
  expect(night.runs.map(({ verdict }) => verdict?.exitCode)).toEqual([99, 0]);
  expect(await nightIn(folder)).toEqual(night);
});

it("refuses a suite with all that is wrong in it, and writes nothing", async () => {
  const { folder, started } = await startNight([...writes, "    duration: soon", "    sped: 1"]);
  const ended = await started.ended;
  expectCode(ended, 2);
  expect(ended.stderr).toMatch(/:11:15: run writes: duration: expected a duration/);
  expect(ended.stderr).toMatch(/:12:11: sped: there is no such option/);
  await expect(readFile(join(folder, "nightly.json"))).rejects.toThrow("ENOENT");
});

it("refuses a history that it cannot read or write, before anything is run", async () => {
  await mkdir(join(loadgen.folder, "a-folder"));
  await writeFile(join(loadgen.folder, "foreign.csv"), "at,throughput\n");
  for (const [history, problem] of [
    ["a-folder", /--history: cannot read .*a-folder \(EISDIR\)/],
    ["foreign.csv", /--history: cannot read .*foreign.csv \(none of its 1 line is a night\)/],
    // Nobody, not even root, can make a file there.
    ["/proc/nights.ndjson", /--history: cannot write \/proc\/nights.ndjson \(E/],
  ] as const) {
    const { folder, started } = await startNight(reads, "--history", history);
    const ended = await started.ended;
    expectCode(ended, 2);
    expect(ended.stderr).toMatch(problem);
    await expect(access(folder)).rejects.toThrow("ENOENT");
  }
});

it("stopped by Ctrl-C keeps what it has measured, and makes no further run", async () => {
  const long = ["  - name: long", "    scenario: concurrent", "    duration: 1h"];
  const history = join(loadgen.folder, "stopped.ndjson");
  const { folder, started } = await startNight(
    [...reads, ...long, ...writes],
    "--history",
    history,
  );
  for (const text of ["· 01-reads", "  reads: pass", "· 02-long: concurrent"]) {
    await started.printed(text);
  }
  started.signal("SIGINT");
  expectCode(await started.ended, 130);
  const night = await nightIn(folder);
  expect(night.verdict.reasons[0]).toMatch(/^stopped by SIGINT after [12] of 3 runs/);
  expect(night.runs[0]).toMatchObject({ name: "reads", verdict: { exitCode: 0 } });
  expect(night.runs[2]).toMatchObject({ verdict: null, problem: "stopped before it" });
  expect(Object.keys((await linesOf(history))[0]?.runs ?? {})).toContain("reads");
  expect(await loadgen.databases("loadgen_run_")).toEqual([]);
});
