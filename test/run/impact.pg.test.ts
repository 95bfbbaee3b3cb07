import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "../../src/faults/fault.ts";
import { poolLimit } from "../../src/faults/pool-limit.ts";
import { countOf } from "../../src/metrics/operation-tally.ts";
import { parseThreshold } from "../../src/metrics/thresholds/threshold-text.ts";
import { impactOf } from "../../src/run/impact.ts";
import { judge } from "../../src/run/judge.ts";
import { measure } from "../../src/run/measure.ts";
import { append, ledgerDatabase, ledgerScenario } from "../helpers/ledger.ts";
import { measureOptions, planWith } from "../helpers/plan.ts";
import type { FreshDatabase } from "../helpers/postgres.ts";
import { unmeasured } from "../metrics/thresholds/unmeasured.ts";
import { arm } from "./faults/fault.ts";

let database: FreshDatabase;
let journalFolder: string;

beforeEach(async () => {
  database = await ledgerDatabase();
  journalFolder = await mkdtemp(join(tmpdir(), "loadgen-impact-"));
});

afterEach(async () => {
  await database.drop();
  await rm(journalFolder, { recursive: true });
});

/** Mostly waiting, so that eight sessions get through eight times as much as one, however busy the machine is. */
const scenario = ledgerScenario(function* (amount) {
  yield* append(amount);
  yield { kind: "pause", ms: 40 };
});

/** Eight sessions, narrowed to one from the second on, and left alone after the third. */
async function narrowed(fault: Fault) {
  const plan = planWith({ sessions: 8, durationMs: 9_000, transactionsPerSession: null });
  const parameters = { max: 1 };
  const text = `${fault.name}:max=1@2s+1s`;
  const armed = [arm(fault, { text, parameters, startMs: 2_000, lengthMs: 1_000 })];
  const address = database.address;
  const measured = await measure(measureOptions({ plan, scenario, address, journalFolder, armed }));
  const [course] = measured.courses;
  if (course === undefined) throw new Error("no course");
  const impact = impactOf(course, measured, plan);
  const read = parseThreshold({
    source: "t",
    metric: "recovery",
    expression: "recovers within 2s",
  });
  if (impact === null || !read.ok) throw new Error("no impact");
  const { timeline, lengthMs } = measured;
  const whole = { lengthMs, tally: timeline.totals, inTime: timeline.window(0, lengthMs) };
  const { name } = fault;
  const recoveries = [{ name, text, recovered: impact.recovered }];
  const proof = { effective: true, evidence: "", undoProblem: null, crashes: false, isTask: false };
  const { verdict, thresholds } = judge({
    sessions: 8,
    measurements: { ...unmeasured, whole, recoveries },
    thresholds: [read.value],
    faults: [{ name, text, ...proof, endsTransactions: false, impact }],
    ...{
      invariants: [],
      generatorDoubts: [],
      commitsUnchecked: false,
      isUnobserved: false,
      overload: null,
      doubts: [],
      signal: null,
    },
  });
  return { measured, impact, verdict, thresholds };
}

describe("a run with a fault", () => {
  it("has its impact and its recovery, and counts nothing twice for it", async () => {
    const { measured, impact, verdict } = await narrowed(poolLimit);
    expect(impact.fault.throughputRatio).toBeLessThan(0.6);
    expect(impact.felt).toMatchObject({ state: "felt" });
    expect(impact.recovered).toMatchObject({ state: "recovered" });
    expect(verdict.exitCode).toBe(0);
    expect(verdict.reasons[0]).toMatch(/recovered (at once|\d(\.\d)? s) after pool-limit/);
    const [row] = await database.connection.query("select count(*)::int4 as count from ledger");
    expect(measured.timeline.totals.sum(countOf("committed"))).toBe(row?.count);
    const [course] = measured.courses;
    expect(course?.releasedMs).toBeGreaterThanOrEqual(3_000);
    expect(course?.releasedMs).toBeLessThanOrEqual(course?.endMs ?? 0);
  });

  it("fails where it does not recover", async () => {
    // Says that it is undone, and is not.
    const staying: Fault = {
      ...poolLimit,
      name: "staying",
      inject: async (...given) => ({
        ...(await poolLimit.inject(...given)),
        release: () => Promise.resolve(),
      }),
    };
    const { impact, verdict, thresholds } = await narrowed(staying);
    expect(impact.recovered).toMatchObject({ state: "not-recovered" });
    expect(thresholds).toMatchObject([{ judged: "fail", actual: null }]);
    expect(verdict.exitCode).toBe(99);
    expect(verdict.reasons[0]).toMatch(
      /^recovery: recovers within 2s does not hold: staying:max=1@2s\+1s has not recovered in the [56](\.\d)? s after it$/,
    );
  });
});
