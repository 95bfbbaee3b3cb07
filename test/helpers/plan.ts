/** A plan for tests: two sessions that run one transaction each, as fast as they can. And what follows from it. */
import { gapMillionths } from "../../src/cli/arrival-gaps.ts";
import type { Context } from "../../src/core/scenario.ts";
import { frozen, type Plan, type PlannedArrivals } from "../../src/core/plan.ts";
import type { RunListener } from "../../src/run/listener.ts";
import type { MeasureOptions } from "../../src/run/stage.ts";

/** What differs is given. */
export function planWith(given: Partial<Plan> = {}): Plan {
  return frozen({
    schema: "loadgen.plan/1",
    scenario: "ledger",
    options: {},
    system: null,
    variant: null,
    strategies: {},
    fixture: null,
    fixtureFiles: null,
    payloads: null,
    engine: "pg",
    k6: null,
    driver: "lean",
    workers: 1,
    seed: 12345,
    sessions: 2,
    durationMs: null,
    transactionsPerSession: 1,
    rate: null,
    arrivals: null,
    warmupMs: 0,
    thinkMs: [0, 0],
    holdMs: 0,
    isolation: "read-committed",
    poolMax: null,
    connectionsEach: 1,
    driverSockets: null,
    timeoutMs: 60_000,
    graceMs: 5_000,
    statementTimeoutMs: 60_000,
    lockTimeoutMs: 60_000,
    faults: [],
    allowChaosOn: null,
    thresholds: [],
    url: null,
    existing: false,
    ledger: false,
    explain: false,
    keep: false,
    ...given,
  });
}

interface OpenLoop extends Partial<PlannedArrivals> {
  readonly rate: number;
}

/** An open loop at this rate, steady and Poisson, for a second; what differs is given. */
export function openPlanWith(open: OpenLoop, given: Partial<Plan> = {}): Plan {
  const { rate, distribution = "poisson", ...rest } = open;
  const gaps = { gapMillionths: gapMillionths(distribution), ...rest };
  return planWith({
    transactionsPerSession: null,
    durationMs: 1000,
    rate,
    arrivals: { distribution, rateAtEnd: rate, ...gaps },
    ...given,
  });
}

export function contextOf({ seed, sessions, isolation, holdMs, strategies }: Plan): Context {
  return { seed, sessions, isolation, holdMs, strategies, options: {} };
}

/** Nobody listens. */
export const silentListener: RunListener = {
  phase: () => undefined,
  progress: () => undefined,
  note: () => undefined,
  sample: () => undefined,
  interval: () => undefined,
};

type Needed = Pick<MeasureOptions, "plan" | "scenario" | "address" | "journalFolder">;

/** Without faults, and nobody listens; what differs is given. */
export function measureOptions(given: Needed & Partial<MeasureOptions>): MeasureOptions {
  return {
    runId: "a-run",
    local: true,
    armed: [],
    k6: null,
    server: null,
    serverBack: () => Promise.resolve(),
    host: null,
    interrupted: new AbortController().signal,
    onPart: () => undefined,
    listener: silentListener,
    ...given,
  };
}
