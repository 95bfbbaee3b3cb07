/** Results of sweeps that never were, for what is said of them. */
import type { SweepResult, SweepStep } from "../../src/sweep/result.ts";
import { noLatency } from "./latencies.ts";
import { quietRun } from "./run-result.ts";
import { edge, kneeWith, partsOf, stepWith } from "./sweep-step.ts";

const poolThroughputs: readonly (readonly [sessions: number, perSecond: number])[] = [
  [1, 8.6],
  [2, 17.1],
  [4, 34],
  [6, 49.3],
  [8, 49.1],
  [12, 49.2],
  [16, 48.8],
  [24, 48.2],
  [32, 48.9],
  [48, 48.4],
  [64, 48.6],
  [100, 48],
];

function poolStep(sessions: number, perSecond: number): SweepStep {
  const inside = Math.min(6, sessions);
  const queue = sessions - inside;
  const waitUs = Math.round((queue / perSecond) * 1_000_000) + 40;
  return stepWith(sessions, perSecond, {
    poolWaitUs: { ...noLatency, mean: waitUs, p50: waitUs, p99: Math.round(waitUs * 1.5) },
    busySessions: { mean: inside * 0.97, max: inside },
    activeSessions: { mean: inside * 0.1, max: inside },
    backendsMax: inside,
    parts: partsOf([
      ["pool", null, true, queue],
      ["client", "ClientRead", false, inside * 0.86],
      ["cpu", "on a core", false, inside * 0.08],
      ["network", null, true, inside * 0.06],
    ]),
    host: { cores: 2, busyCores: 0.05 * inside, serverCores: 0.03 * inside, generatorCores: 0.05 },
  });
}

/** A pool of six, held for long: the plain case. */
export const poolSweep: SweepResult = {
  schema: "loadgen.sweep/1",
  verdict: {
    status: "pass",
    exitCode: 0,
    reasons: [
      "throughput rises with sessions up to 5.9 (95 % interval 5.7 to 6.2) and then stays level: beyond, twice the sessions bring 1 % less, and equal runs differ by 0.9 %; limited by the pool of connections",
    ],
  },
  plan: {
    ...quietRun.plan,
    arrivals: null,
    counts: poolThroughputs.map(([sessions]) => sessions),
    repeats: 2,
    thinkMs: [0, 0],
    holdMs: 100,
    poolMax: 6,
    durationMs: 10_000,
    warmupMs: 2_000,
    faults: [],
  },
  steps: poolThroughputs.map(([sessions, perSecond]) => poolStep(sessions, perSecond)),
  knee: kneeWith(
    { sessions: 5.9, low: 5.7, high: 6.2 },
    { perSecond: 48.7, counts: poolThroughputs.map(([sessions]) => sessions) },
  ),
  kneeEvidence:
    "throughput rises with sessions up to 5.9 (95 % interval 5.7 to 6.2) and then stays level: beyond, twice the sessions bring 1 % less, and equal runs differ by 0.9 %",
  usl: {
    alpha: 0.08,
    beta: 0.0011,
    gamma: 10.2,
    intervals: {
      alpha: { low: 0.02, high: 0.15 },
      beta: { low: 0.0008, high: 0.0014 },
      gamma: { low: 9.1, high: 11.2 },
    },
    peak: null,
    adequate: false,
    evidence: "lack of fit F(9, 12) = 61.2, p < 0.001: no such curve within the noise",
  },
  explainedAt: 100,
  waitsAt: { kind: "pool", name: null, share: 0.94 },
  limitedBy: {
    kind: "pool",
    name: null,
    shares: { pool: 0.98 },
    relief: {
      changed: "the pool from 6 to 12 connections",
      before: 49.2,
      predicted: 98.4,
      measured: 97.1,
    },
    suspected: null,
    evidence:
      "the pool from 6 to 12 connections: 49.2 transactions a second before, 98.4 predicted, 97.1 measured, as predicted",
  },
  bounds: {
    demands: [
      { resource: "pool", seconds: 0.0199, utilisation: 0.98 },
      { resource: "cpu", seconds: 0.0031, utilisation: 0.15 },
    ],
    perSecondMax: 50.3,
    sessionsAtBound: 5.85,
  },
  fixes: [],
  notes: [],
};

/** Throughput that bends and falls as the law has it, and drifts: nothing is claimed. */
export const bendingSweep: SweepResult = {
  ...poolSweep,
  verdict: {
    status: "unknown",
    exitCode: 93,
    reasons: ["no knee: throughput only bends: twice the sessions bring 38 % more up to 11.0"],
  },
  plan: { ...poolSweep.plan, counts: [1, 2, 4, 8, 16, 32], poolMax: null, holdMs: 0 },
  steps: [1, 2, 4, 8, 16, 32].map((sessions) =>
    stepWith(sessions, (100 * sessions) / (1 + 0.1 * (sessions - 1) + 0.002 * sessions ** 2), {
      parts: partsOf([
        ["cpu", "on a core", false, Math.min(2, sessions * 0.7)],
        ["lock", "dms.document", true, sessions * 0.2],
        ["internal-lock", "LockManager", true, sessions * 0.05],
        ["cpu", "waiting for a core", true, Math.max(0, sessions * 0.75 - 2)],
      ]),
      edges: [
        edge("replace-references", "replace-references", sessions * 0.1),
        edge("replace-references", "delete-references", sessions * 0.04),
      ],
      drift: sessions === 32 ? -0.12 : 0,
    }),
  ),
  knee: null,
  kneeEvidence: "no knee: throughput only bends: twice the sessions bring 38 % more up to 11.0",
  usl: {
    alpha: 0.1,
    beta: 0.002,
    gamma: 100,
    intervals: {
      alpha: { low: 0.09, high: 0.11 },
      beta: { low: 0.0018, high: 0.0022 },
      gamma: { low: 98, high: 102 },
    },
    peak: 21.2,
    adequate: true,
    evidence: "lack of fit F(3, 6) = 0.8, p = 0.54: within the noise",
  },
  explainedAt: 32,
  waitsAt: { kind: "cpu", name: "waiting for a core", share: 0.69 },
  limitedBy: {
    kind: "unknown",
    name: null,
    shares: { lock: 0.2 },
    relief: null,
    suspected: "cpu",
    evidence: "inferred: most sessions were running and waited for nothing",
  },
  bounds: null,
  notes: ["lock dms.document may limit, but nothing in this plan relieves it"],
};

/** Ten sockets that nobody declared: the generator's fault, and no sweep at all. */
export const generatorSweep: SweepResult = {
  ...poolSweep,
  verdict: {
    status: "invalid",
    exitCode: 97,
    reasons: [
      "the load generator itself limits: 24 connections were in use at a time by the generator's own account, but the server never had more than 10 backends",
      "1 session: there is no data",
    ],
  },
  plan: { ...poolSweep.plan, counts: [1, 6, 24], poolMax: null },
  steps: [1, 6, 24].map((sessions) => {
    const inside = Math.min(7, sessions);
    const parts = partsOf([
      ["generator", null, true, sessions - inside * 0.9],
      ["client", "ClientRead", false, inside * 0.9],
    ]);
    const step = stepWith(sessions, inside * 8, { parts, backendsMax: Math.min(10, sessions) });
    return { ...step, runs: step.runs.map((run) => ({ ...run, exitCode: 97 })) };
  }),
  knee: kneeWith({ sessions: 7.1, low: 6, high: 24 }, { perSecond: 56, counts: [1, 6, 24] }),
  usl: null,
  explainedAt: 24,
  waitsAt: { kind: "generator", name: null, share: 0.73 },
  limitedBy: {
    kind: "generator",
    name: null,
    shares: {},
    relief: null,
    suspected: null,
    evidence:
      "24 connections were in use at a time by the generator's own account, but the server never had more than 10 backends: something between them, which nobody declared, holds the others back",
  },
  bounds: { demands: [], perSecondMax: null, sessionsAtBound: null },
};
