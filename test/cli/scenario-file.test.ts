import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { concurrent } from "../../scenarios/dms/concurrent.ts";
import { findScenario, namesFile } from "../../src/cli/scenario-file.ts";
import { stepThrough } from "../helpers/drive.ts";
import { transactionStream } from "../../src/core/random.ts";

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "loadgen-scenario-test-")));
});

afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

async function problemsOf(name: string): Promise<readonly string[]> {
  const found = await findScenario(name);
  return found.ok ? [] : found.problems;
}

/** What a scenario file without any import looks like. */
function source(name: string): string {
  return `{
    name: "${name}",
    summary: "one ping after the other",
    system: null,
    operations: ["ping"],
    defaults: { sessions: 2, thinkMs: [0, 0] },
    options: { hot: { kind: "integer", min: 1, default: null, help: "how many" } },
    retry: { codes: [], attemptsMax: 1, backoffMs: 0, backoffMsMax: 0 },
    thresholds: {},
    *prepare() { return 5; },
    draw(random, world) {
      return {
        operation: "ping",
        inputs: [world, random.below(10)],
        *steps() { yield { kind: "begin", isolation: "read-committed" }; },
      };
    },
  }`;
}

describe("the scenario that the command line names", () => {
  it("may be a bundled one", async () => {
    expect(await findScenario("concurrent")).toEqual({
      ok: true,
      value: { scenario: concurrent, name: "concurrent" },
    });
  });

  it("is refused if there is none of that name, with those that there are", async () => {
    expect(await problemsOf("concurent")).toEqual([
      expect.stringMatching(
        /^there is no scenario "concurent": expected one of concurrent, .*\.sql/,
      ),
    ]);
  });

  it.each([
    ["mine.ts", true],
    ["./a/mine.sql", true],
    ["mine.mjs", true],
    ["mine.js", true],
    ["concurrent", false],
    ["mine.py", false],
    [".sql", false],
  ])("%s is a file: %s", (name, wanted) => {
    expect(namesFile(name)).toBe(wanted);
  });

  it.each(["gone.ts", "gone.sql", "gone.js"])(
    "is refused if its file is missing: %s",
    async (name) => {
      expect(await problemsOf(join(folder, name))).toEqual([
        `cannot read the scenario ${join(folder, name)}: expected a file`,
      ]);
    },
  );

  it("is refused if it is a folder", async () => {
    await mkdir(join(folder, "folder.sql"));
    expect(await problemsOf(join(folder, "folder.sql"))).toHaveLength(1);
  });
});

describe("a scenario in a .sql file", () => {
  it("is called like its file, as far as names may be so", async () => {
    const path = await file("hot öl & cold.sql", "select 1;");
    expect(await findScenario(path)).toMatchObject({
      ok: true,
      value: { name: path, scenario: { name: "hot--l---cold", operations: ["hot--l---cold"] } },
    });
    const long = await file(`${"x".repeat(60)}.sql`, "select 1;");
    expect(await findScenario(long)).toMatchObject({
      value: { scenario: { name: "x".repeat(40) } },
    });
  });

  it("is refused with every problem, each with path and line", async () => {
    const path = await file("wrong.sql", "\\set x 1\nselect :y;");
    expect(await problemsOf(path)).toEqual([
      expect.stringMatching(new RegExp(`^${path}: line 1: expected of pgbench's`)),
      expect.stringMatching(new RegExp(`^${path}: line 2: :y is never set`)),
    ]);
  });
});

describe("a scenario in a module", () => {
  it.each(["mine.ts", "mine.js", "mine.mjs"])("is found in %s", async (name) => {
    const typed = name.endsWith(".ts") ? "const number: number = 1;" : "";
    const path = await file(name, `${typed} export const mine = ${source("mine")};`);
    const found = await findScenario(path);
    if (!found.ok) throw new Error(found.problems.join("; "));
    const { scenario } = found.value;
    expect(found.value.name).toBe(path);
    expect(scenario.name).toBe("mine");
    const context = {
      seed: 1,
      sessions: 1,
      isolation: "read-committed",
      holdMs: 0,
      strategies: {},
      options: {},
    } as const;
    const { result } = stepThrough(scenario.prepare(context), () => []);
    const planned = scenario.draw(transactionStream(1, "measured", 0, 0), result, context, 0);
    expect(planned.inputs[0]).toBe(5);
  });

  it("may import its neighbours, and export what is no scenario", async () => {
    await file("neighbour.ts", `export const scenario = ${source("neighbour")};`);
    const path = await file(
      "mine.ts",
      'import { scenario } from "./neighbour.ts";\nexport const size = 5;\nexport { scenario };',
    );
    expect(await findScenario(path)).toMatchObject({ value: { scenario: { name: "neighbour" } } });
  });

  it("may be the default export, or one under two names", async () => {
    const path = await file(
      "mine.ts",
      `const mine = ${source("mine")};\nexport { mine };\nexport default mine;`,
    );
    expect(await findScenario(path)).toMatchObject({ ok: true });
  });

  it.each([
    ["none", "export const size = 5;", 0],
    ["two", `export const a = ${source("a")}; export const b = ${source("b")};`, 2],
  ])("is refused with %s exported", async (_what, text, count) => {
    const path = await file("mine.ts", text);
    expect(await problemsOf(path)).toEqual([
      `${path}: exports ${count} scenarios: expected one, such as export const mine = defineScenario({…})`,
    ]);
  });

  it("is refused with every problem of its shape", async () => {
    const path = await file(
      "mine.ts",
      `export const mine = {
        name: "my scenario",
        system: 5,
        operations: [],
        defaults: { sessions: 0, thinkMs: [0] },
        options: { hot: { kind: "integr", help: "" }, cold: { kind: "flag" } },
        retry: { codes: ["40001"], attemptsMax: 0, backoffMs: 1, backoffMsMax: 1 },
        thresholds: { aborted: "count == 0" },
        draw: 5,
      };`,
    );
    const places = (await problemsOf(path)).map(
      (problem) => problem.slice(path.length + 2).split(": ")[0],
    );
    expect(places.sort()).toEqual([
      "defaults.sessions",
      "defaults.thinkMs",
      "draw",
      "name",
      "operations",
      "options.cold.help",
      "options.hot.kind",
      "prepare",
      "retry.attemptsMax",
      "summary",
      "system",
      "thresholds.aborted",
    ]);
  });

  it.each([
    ["does not parse", "export const = 5;", "mine.ts:1"],
    ["imports what is not there", 'import "./nowhere.ts";', "nowhere.ts"],
    ["throws", 'throw new Error("no luck");', "no luck"],
  ])("is refused if it %s", async (_what, text, expected) => {
    const path = await file("mine.ts", text);
    const problems = await problemsOf(path);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });
});
