/**
 * Measures this machine's own ceiling: the sessions, connections and recorders of a run, against a
 * server that answers with nothing. What a run gets done beyond a good part of it tells of the load
 * generator, and not of the server.
 */
import { setTimeout as wait } from "node:timers/promises";
import { frozen, type Plan } from "../core/plan.ts";
import { defaultRetry } from "../core/retry.ts";
import { defineScenario } from "../core/scenario.ts";
import { statement } from "../core/step.ts";
import { alone } from "../core/transaction.ts";
import { plainDialect } from "../engine/dialect.ts";
import { LocalCrew, wholeShare } from "../engine/pg/local-crew.ts";
import { countOf } from "../metrics/operation-tally.ts";
import type { Address } from "../server/address.ts";
import { machineFingerprint } from "../server/fingerprint.ts";
import { spawnNoopServer } from "../server/noop/process.ts";
import type { Calibration, CalibrationStep } from "./calibration.ts";

/** From one that waits for each answer to as many as anybody runs. */
const sessionCounts = [1, 10, 100, 1_000] as const;

/** Until the code is compiled and the connections are warm. */
const warmupMs = 1_000;
const measuredMs = 3_000;

const nothing = statement("nothing", "select $1::int4");

/** A prepared statement with one parameter: the least that a session can ask for. */
const scenario = defineScenario({
  name: "calibrate",
  summary: "asks for nothing",
  system: null,
  operations: ["nothing"],
  defaults: { sessions: 1, thinkMs: [0, 0] },
  options: {},
  retry: defaultRetry,
  thresholds: {},
  *prepare() {},
  draw(random, _world, context) {
    const number = random.below(1_000_000);
    const steps = () => alone(context, nothing, number);
    return { operation: "nothing", inputs: [number], steps };
  },
});

function planFor(sessions: number): Plan {
  return frozen({
    schema: "loadgen.plan/1",
    scenario: scenario.name,
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
    seed: 1,
    sessions,
    durationMs: measuredMs,
    transactionsPerSession: null,
    rate: null,
    arrivals: null,
    warmupMs,
    thinkMs: [0, 0],
    holdMs: 0,
    isolation: "read-committed",
    poolMax: null,
    connectionsEach: 1,
    driverSockets: null,
    timeoutMs: 30_000,
    graceMs: 0,
    statementTimeoutMs: 0,
    lockTimeoutMs: 0,
    faults: [],
    allowChaosOn: null,
    thresholds: [],
    url: null,
    existing: true,
    ledger: false,
    explain: false,
    keep: false,
  });
}

/** `onStep` is told of each as it is done. Rejects with a ServerError if the no-op server cannot run. */
export async function calibrate(onStep: (step: CalibrationStep) => void): Promise<Calibration> {
  const server = await spawnNoopServer();
  try {
    const steps: CalibrationStep[] = [];
    for (const sessions of sessionCounts) {
      const step = await measureStep(sessions, server.address);
      steps.push(step);
      onStep(step);
    }
    const at = new Date().toISOString();
    return { schema: "loadgen.calibration/1", at, machine: machineFingerprint(), steps };
  } finally {
    await server.stop();
  }
}

async function measureStep(sessions: number, address: Address): Promise<CalibrationStep> {
  const plan = planFor(sessions);
  const { seed, isolation, holdMs } = plan;
  const context = { seed, sessions, isolation, holdMs, strategies: {}, options: {} };
  const crew = new LocalCrew(
    { plan, scenario, context, address, dialect: plainDialect },
    wholeShare(sessions),
  );
  try {
    await crew.prepare();
    await crew.open();
    const zeroMs = performance.now() + warmupMs;
    const measuring = wait(warmupMs).then(() => crew.beginMeasuring());
    await Promise.all([crew.drive(zeroMs), measuring]);
    const [health] = await crew.endMeasuring();
    const [tally] = await crew.take("measured");
    const committed = tally?.sum(countOf("committed")) ?? 0;
    if (health === undefined || committed === 0) throw new Error("nothing was measured");
    return {
      sessions,
      perSecond: Math.round((committed * 1000) / health.lengthMs),
      cpuUs: Math.round(((health.cpuUs ?? 0) * 10) / committed) / 10,
    };
  } finally {
    await crew.close();
  }
}
