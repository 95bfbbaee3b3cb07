import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/cli/problems.ts";
import { variantsFrom } from "../../src/cli/variants-options.ts";

/** As commander gives them. */
const nothing = { chaos: [], thresholds: [] };

function asked(given: Readonly<Record<string, unknown>>, words = ["single-document"]) {
  return variantsFrom(words, { ...nothing, ...given });
}

async function problemsOf(given: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  try {
    await asked(given);
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
}

describe("--variants", () => {
  it("is a list by commas, of which a variant of several parts is joined by +", async () => {
    const { rounds, sides } = await asked({ variants: "slowed,slowed+differential,current" });
    expect(rounds).toBe(5);
    // A name of several parts is in the system's order, however it is given.
    expect(Object.keys(sides)).toEqual(["slowed", "differential+slowed", "current"]);
    const plans = Object.values(sides).map(({ plan }) => plan);
    expect(plans.map(({ variant }) => variant)).toEqual([
      "slowed",
      "differential,slowed",
      "current",
    ]);
    expect(new Set(plans.map((plan) => JSON.stringify({ ...plan, variant: null }))).size).toBe(1);
  });

  it("takes at least four rounds: fewer tell nothing", async () => {
    expect((await asked({ variants: "current,slowed", rounds: "4" })).rounds).toBe(4);
    expect(await problemsOf({ variants: "current,slowed", rounds: "3" })).toEqual([
      expect.stringMatching(/^--rounds: expected a whole number from 4 /),
    ]);
  });

  it("is refused with every problem at once, each told once", async () => {
    const problems = await problemsOf({
      ...{ variants: "current,nope,current,differential+differential", variant: "x", against: "y" },
      ...{ keep: true, ui: true, otlp: "http://a", rounds: "0", sessions: "none" },
    });
    expect(problems.map((text) => text.split(/[: ]/)[0])).toEqual([
      ...["--rounds", "--variants", "--variants", "--keep", "--ui,", "--metrics-port,"],
      ...["--sessions", "--variants", "--variants"],
    ]);
    expect(problems.filter((text) => text.startsWith("--variants"))).toEqual([
      "--variants and --against exclude each other: give one of them",
      "--variants and --variant exclude each other: put it into the list",
      expect.stringMatching(/^--variants: dms has no variant "nope"/),
      expect.stringMatching(/^--variants: differential is given twice/),
    ]);
  });

  it("names a variant that comes twice, in whatever order of its parts", async () => {
    expect(
      await problemsOf({ variants: "differential+slowed,current,slowed+differential" }),
    ).toEqual(["--variants: differential+slowed is given twice: expected each once"]);
  });

  it("is several, and of a clone", async () => {
    expect(await problemsOf({ variants: "current" })).toEqual([
      "--variants: expected two or more, separated by commas, got 1: one alone is run with --variant",
    ]);
    const url = "postgresql://me@there/postgres";
    expect(await problemsOf({ variants: "current,slowed", existing: true, url })).toEqual([
      "--variants: each run has a clone of its own, and --existing none: leave it out",
    ]);
  });
});
