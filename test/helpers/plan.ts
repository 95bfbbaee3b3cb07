/** A plan for tests: two sessions that run one transaction each, as fast as they can. */
import { frozen, type Plan } from "../../src/core/plan.ts";

/** What differs is given. */
export function planWith(given: Partial<Plan> = {}): Plan {
  return frozen({
    schema: "loadgen.plan/1",
    scenario: "ledger",
    options: {},
    system: null,
    variant: null,
    fixture: null,
    engine: "pg",
    seed: 12345,
    sessions: 2,
    durationMs: null,
    transactionsPerSession: 1,
    rate: null,
    warmupMs: 0,
    thinkMs: [0, 0],
    holdMs: 0,
    isolation: "read-committed",
    poolMax: null,
    timeoutMs: 60_000,
    graceMs: 5_000,
    statementTimeoutMs: 60_000,
    lockTimeoutMs: 60_000,
    faults: [],
    allowChaosOn: null,
    thresholds: [],
    url: null,
    existing: false,
    keep: false,
    ...given,
  });
}
