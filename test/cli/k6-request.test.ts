import { describe, expect, it } from "vitest";
import { exportedRequest } from "../../src/cli/k6-request.ts";
import { UsageError } from "../../src/cli/problems.ts";

/** As the command line gives them. */
const given = { chaos: [], thresholds: [], image: "k6", out: "there", parallelism: "2" };

async function problemsOf(more: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  try {
    await exportedRequest(["concurrent"], { ...given, ...more });
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
}

describe("a run on many machines", () => {
  it("has the plan of a run on k6", async () => {
    const asked = { ...given, sessions: "10000", parallelism: "20", transactions: "3" };
    const { request, parallelism } = await exportedRequest(["concurrent"], asked);
    expect(parallelism).toBe(20);
    expect(request.plan).toMatchObject({ engine: "k6", k6: null, sessions: 10_000 });
    expect(request.plan.transactionsPerSession).toBe(3);
  });

  it.each([
    [{ parallelism: undefined }, "--parallelism: expected how many runners"],
    [{ parallelism: "0" }, "--parallelism: expected a whole number from 1"],
    [{ parallelism: "11", sessions: "10" }, "--parallelism: 11 runners for 10 sessions"],
    [{ out: undefined }, "--out: expected a new folder"],
    [{ engine: "pg" }, "--engine: expected k6"],
    [{ chaos: ["kill-backends"] }, "--chaos: nobody is beside the runners"],
    [{ poolMax: "5" }, "--pool-max: runners share no pool"],
    [{ k6: "/tmp/k6" }, "--k6: the k6 is built into the image"],
    [{ json: true }, "--json: nothing is measured yet"],
    [{ metricsPort: "0" }, "--metrics-port: nothing is measured yet"],
    [{ otlp: "http://localhost:4318" }, "--otlp: nothing is measured yet"],
    [{ rate: "100" }, "--rate: arrivals go to whichever session is free"],
    [{ workers: "2" }, "--workers"],
  ])("is refused with %j", async (more, problem) => {
    expect((await problemsOf(more)).join("\n")).toContain(problem);
  });

  it("is refused with all that is wrong at once", async () => {
    const problems = await problemsOf({ engine: "pg", poolMax: "5", sessions: "none" });
    expect(problems).toHaveLength(3);
  });
});
