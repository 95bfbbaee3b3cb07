import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareFrom } from "../../src/cli/compare-options.ts";
import { UsageError } from "../../src/cli/problems.ts";
import { type Given, resultWith } from "../compare/stored.ts";

let parent: string;
const [a, b, c, open, copy] = ["a", "b", "c", "open", "copy"].map(
  (name) => () => join(parent, name),
);

async function store(folder: string, given: Given): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, "run.json"), JSON.stringify(resultWith(given)));
}

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "loadgen-compare-"));
  await store(a!(), { perSecond: 100 });
  await store(b!(), { perSecond: 101 });
  await store(c!(), { perSecond: 102, plan: { scenario: "another" } });
  await store(open!(), { plan: { rate: 10 } });
  await cp(a!(), copy!(), { recursive: true });
});

afterAll(() => rm(parent, { recursive: true }));

async function problems(words: readonly string[], given: Readonly<Record<string, unknown>> = {}) {
  const error: unknown = await compareFrom(words, given).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UsageError);
  return (error as UsageError).problems;
}

describe("what compare is asked for", () => {
  it("is two sides of one run or several, named by their folders", async () => {
    const asked = await compareFrom([`${a!()}, ${b!()}`, c!()], { margin: "2.5%", json: true });
    expect(asked).toMatchObject({ margin: 0.025, json: true, out: undefined });
    expect([asked.baseline.name, asked.candidate.name]).toEqual(["a, b", "c"]);
    expect(asked.baseline.runs.map(({ folder }) => folder)).toEqual([a!(), b!()]);
    const bare = await compareFrom([a!(), b!()], {});
    expect(bare).toMatchObject({ margin: null, json: false });
  });

  it("may be runs of different scenarios: that is listed, and for people to judge", async () => {
    const { candidate } = await compareFrom([a!(), c!()], {});
    expect(candidate.runs[0]!.result.plan.scenario).toBe("another");
  });

  it.each(["5", "5 %", "-5%", "0%", "101%", "1e1%", "%", "five%", "5%%", ".5%", ""])(
    "has no margin of %j",
    async (margin) => {
      expect(await problems([a!(), b!()], { margin })).toEqual([
        `--margin: expected a percentage above 0 and up to 100, such as 5%, got "${margin}"`,
      ]);
    },
  );

  it("has two sides, not less and not more", async () => {
    const expected =
      "expected two sides, <baseline> and <candidate>: each a run's folder or several, separated by commas";
    expect(await problems([])).toEqual([`${expected}; got none`]);
    expect(await problems([a!()])).toEqual([`${expected}; got 1: ${a!()}`]);
    const three = [a!(), b!(), c!()];
    expect(await problems(three)).toEqual([`${expected}; got 3: ${three.join(" ")}`]);
    expect(await problems([`${a!()},`, b!()])).toEqual([
      `baseline: expected folders separated by commas, got "${a!()},"`,
    ]);
  });

  it("has every run once, on either side, and no copy of one", async () => {
    const once = "expected every run once";
    expect(await problems([a!(), a!()])).toEqual([`${a!()} is given twice: ${once}`]);
    expect(await problems([`${a!()},${a!()}/run.json`, b!()])).toEqual([
      `${a!()} is given twice: ${once}`,
    ]);
    expect(await problems([a!(), copy!()])).toEqual([
      `${copy!()} is the same run as ${a!()}: ${once}`,
    ]);
  });

  it("is not of an open and a closed loop", async () => {
    expect(await problems([a!(), `${b!()},${open!()}`])).toEqual([
      expect.stringMatching(
        `^of an open loop: ${open!()}; all others are of a closed one: expected`,
      ),
    ]);
    expect(await compareFrom([open!(), c!()], {}).catch(() => "refused")).toBe("refused");
  });

  it("has all its problems told at once", async () => {
    const words = ["--bar", join(parent, "nowhere"), `${a!()},${open!()},${a!()}`];
    expect(await problems(words, { margin: "5", out: "" })).toEqual([
      "unknown option --bar: see loadgen compare --help",
      expect.stringMatching(/^--margin: /),
      "--out: expected a folder",
      expect.stringMatching(/nowhere \(ENOENT\): expected the folder of a run$/),
      `${a!()} is given twice: expected every run once`,
      expect.stringMatching(/^of an open loop: /),
    ]);
  });
});
