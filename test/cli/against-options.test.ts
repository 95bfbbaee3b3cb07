import { describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { againstFrom, type AgainstAsked } from "../../src/cli/against-options.ts";
import { UsageError } from "../../src/cli/problems.ts";

/** As commander gives them. */
const nothing = { chaos: [], thresholds: [] };

function asked(given: Readonly<Record<string, unknown>>, words = ["concurrent"]) {
  return againstFrom(words, { ...nothing, ...given });
}

async function problemsOf(
  given: Readonly<Record<string, unknown>>,
  words?: string[],
): Promise<readonly string[]> {
  try {
    await asked(given, words);
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
}

function sidesOf({ candidate, baseline }: AgainstAsked) {
  return [candidate, baseline].map(({ name, plan: { variant, url } }) => ({ name, variant, url }));
}

describe("--against", () => {
  it("takes a variant for the baseline, and the run as it is for the candidate", async () => {
    const sides = await asked({ variant: "slowed", against: "current", seed: "7" });
    expect(sides.rounds).toBe(5);
    expect(sidesOf(sides)).toEqual([
      { name: "variant slowed", variant: "slowed", url: null },
      { name: "variant current", variant: "current", url: null },
    ]);
    const { candidate, baseline } = sides;
    expect({ ...baseline.plan, variant: "slowed" }).toEqual(candidate.plan);
  });

  it("takes several variants at once, on either side, and says which exclude each other", async () => {
    const several = { variant: "fillfactor-85,differential", against: " hash-64,partial" };
    const { candidate, baseline } = await asked(several);
    expect([candidate.name, baseline.name]).toEqual([
      "variant differential,fillfactor-85",
      "variant hash-64,partial",
    ]);
    expect(candidate.plan.fixture).toMatchObject({ partitions: 16, keys: 16 });
    expect(baseline.plan.fixture).toMatchObject({ partitions: 64, keys: 64 });
    expect(await problemsOf({ against: "hash-64+hash-16" })).toEqual([
      "--against: hash-16 and hash-64 exclude each other: both set partitions",
    ]);
  });

  it("takes a URL for the server of the baseline", async () => {
    const here = "postgresql://me@127.0.0.1:5433/postgres";
    const sides = await asked({ url: here, against: "postgres://me:secret@there/postgres" });
    expect(sidesOf(sides)).toEqual([
      { name: `server ${here}`, variant: "current", url: here },
      {
        name: "server postgresql://me@there:5432/postgres",
        variant: "current",
        url: "postgresql://me@there:5432/postgres",
      },
    ]);
  });

  it("takes two databases as they are", async () => {
    const sides = await asked({
      existing: true,
      url: "postgresql://one/a",
      against: "postgresql://other/a",
    });
    expect(sides.baseline.plan).toMatchObject({ existing: true, variant: null });
  });

  it("is a variant or a URL, and says so without quoting what may be a password", async () => {
    const known = Object.keys(dms.variants).join(", ");
    expect(await problemsOf({ against: "secret@there" })).toEqual([
      `--against: expected a variant of dms (${known}) or the URL of a server (postgresql://…)`,
    ]);
    expect(await problemsOf({ against: "postgresql://[" })).toEqual([
      expect.stringMatching(/^--against: .*expected/),
    ]);
  });

  it("refuses what it cannot compare, all at once", async () => {
    expect(await problemsOf({ rounds: "2", keep: true })).toEqual([
      '--rounds: expected a whole number from 3 to 100, got "2"',
      "--rounds needs --against or --variants: they say what to compare",
      "--keep: an A/B has too many databases: keep that of a run",
    ]);
    expect(await problemsOf({ against: "current", sessions: "0" }, ["nosuch"])).toHaveLength(2);
    const existing = { existing: true, url: "postgresql://one/a" };
    expect(await problemsOf({ ...existing, against: "current" })).toEqual([
      "--against: --existing uses one database as it is: give the URL of another",
    ]);
  });

  it.each([
    ["ui", true, "--ui, --ui-port: "],
    ["uiPort", "8080", "--ui, --ui-port: "],
    ["metricsPort", "0", "--metrics-port, --otlp: "],
    ["otlp", "http://localhost:4318", "--metrics-port, --otlp: "],
  ])("refuses %s, which follows one run", async (name, value, told) => {
    expect(await problemsOf({ against: "current", variant: "slowed", [name]: value })).toEqual([
      expect.stringMatching(`^${told}`),
    ]);
  });

  it("takes no consent for two servers", async () => {
    const against = "postgresql://there/postgres";
    expect(await problemsOf({ against, allowChaosOn: "postgres" })).toEqual([
      "--allow-chaos-on is a consent for one server: leave it out with two",
    ]);
  });
});
