/** The result of a sweep of the modelled service, with all its fixes, that never was. */
import type { SweepResult, SweepStep } from "../../src/sweep/result.ts";
import { poolSweep } from "./sweep-result.ts";
import { kneeWith, partsOf, stepWith } from "./sweep-step.ts";

const serviceCounts = [1, 2, 4, 8, 16, 32, 64, 100, 200];

function serviceStep(sessions: number): SweepStep {
  const perSecond = Math.min(48, 14 * sessions);
  const busy = Math.min(5.8, sessions * 0.7);
  const inFlight = Math.min(sessions, 6);
  return stepWith(sessions, perSecond, {
    busySessions: { mean: busy, max: Math.ceil(busy) + 2 },
    activeSessions: { mean: busy * 0.3, max: 4 },
    backendsMax: Math.min(sessions, 100),
    parts: partsOf([
      ["service-gate", "schema-lock", true, sessions - inFlight],
      ["client", "ClientRead", false, inFlight * 0.5],
      ["service", null, false, inFlight * 0.2],
      ["cpu", "on a core", false, inFlight * 0.15],
      ["service-gate", "cores", true, inFlight * 0.1],
      ["io", "WALSync", true, inFlight * 0.05],
    ]),
    host: { cores: 2, busyCores: 0.8, serverCores: 0.5, generatorCores: 0.2 },
  });
}

const fixes: readonly (readonly [string, number, number, string, string])[] = [
  ["schema=swap", 98.4, 2.05, "cores", "raised throughput by 105 %"],
  ["claims=shared", 99, 1.01, "cores", "changed neither capacity nor waiting"],
  ["authorization=cached", 99.8, 1.01, "workers", "moved the waiting, not the capacity"],
  ["cascade=outside", 101, 1.01, "cores", "moved the waiting, not the capacity"],
  ["streaming=chunks", 102, 1.01, "cores", "changed neither capacity nor waiting"],
  ["workers=16", 128, 1.25, "cores", "raised throughput by 25 %"],
];

export const serviceSweep: SweepResult = {
  ...poolSweep,
  verdict: {
    status: "pass",
    exitCode: 0,
    reasons: ["throughput rises with sessions up to 3.4; limited by the gate schema-lock"],
  },
  plan: { ...poolSweep.plan, scenario: "service", counts: serviceCounts, poolMax: 100, holdMs: 0 },
  steps: serviceCounts.map(serviceStep),
  knee: kneeWith({ sessions: 3.4, low: 2.8, high: 4.1 }, { perSecond: 48, counts: serviceCounts }),
  kneeEvidence: "throughput rises with sessions up to 3.4 (95 % interval 2.8 to 4.1)",
  explainedAt: 200,
  waitsAt: { kind: "service-gate", name: "schema-lock", share: 0.97 },
  limitedBy: {
    kind: "service-gate",
    name: "schema-lock",
    shares: { "service-gate:schema-lock": 0.97, pool: 0.06 },
    relief: {
      changed: "schema readers go in parallel, a reload swaps",
      before: 48,
      predicted: 101,
      measured: 98.4,
    },
    suspected: null,
    evidence:
      "schema readers go in parallel, a reload swaps: 48 transactions a second before, 101 predicted, 98.4 measured, as predicted",
  },
  bounds: {
    demands: [{ resource: "schema-lock", seconds: 0.0202, utilisation: 0.97 }],
    perSecondMax: 49.5,
    sessionsAtBound: 3.5,
  },
  fixes: [
    {
      name: null,
      summary: "as it is",
      sessions: 16,
      perSecond: 48,
      ratio: null,
      p50Us: 300_000,
      p99Us: 466_000,
      busy: 5.8,
      active: 1.7,
      gates: [
        { name: "schema-lock", utilisation: 0.97 },
        { name: "cores", utilisation: 0.46 },
        { name: "workers", utilisation: 0.2 },
        { name: "claims", utilisation: 0.1 },
      ],
      waitsAt: { kind: "service-gate", name: "schema-lock", share: 0.62 },
      finding: "",
    },
    ...fixes.map(([name, perSecond, mean, queue, finding]) => ({
      name,
      summary: `${name} is done`,
      sessions: 16,
      perSecond,
      ratio: { mean, low: mean - 0.03, high: mean + 0.03 },
      p50Us: Math.round(15_000_000 / perSecond),
      p99Us: Math.round(22_000_000 / perSecond),
      busy: 6.1,
      active: 2.2,
      gates: [
        { name: "cores", utilisation: 0.95 },
        { name: "workers", utilisation: 0.4 },
      ],
      waitsAt: { kind: "service-gate" as const, name: queue, share: 0.5 },
      finding,
    })),
  ],
};
