/** Which places of a modelled service are full: its gates, ranked by how much of their capacity is in use. */
import { countText } from "../core/counted.ts";
import type { RunResult } from "../run/result.ts";
import { timeText } from "./figures.ts";
import type { Section } from "./section.ts";

type Gate = RunResult["gates"][string];

/** Fullest first. */
export function stagesSection(run: RunResult): Section {
  const ranked = Object.entries(run.gates)
    .map(([name, gate]) => ({ name, gate, inUse: utilisation(gate, run.transactions) }))
    .sort((one, other) => other.inUse - one.inUse);
  return {
    title: "Stages of the modelled service, fullest first",
    heading: ["gate", "capacity", "in use", "visits", "hold", "wait", "wait p99", "longest queue"],
    rows: ranked.map(({ name, gate, inUse }) => [
      name,
      String(gate.capacity),
      `${Math.round(100 * inUse)} %`,
      countText(gate.visits),
      timeText(gate.holdUs.mean),
      timeText(gate.waitUs.mean),
      timeText(gate.waitUs.p99),
      countText(gate.queueMax),
    ]),
    remarks:
      ranked.length === 0
        ? []
        : [
            "In use: throughput × hold a transaction / capacity. A hold leaves out what a request waited inside for other gates or a connection.",
          ],
  };
}

/**
 * By the utilisation law, from rates and not from times inside: visits that ended in the grace period,
 * or belong to requests that failed, are charged to the transactions that were committed.
 */
function utilisation(
  { capacity, visits, holdUs }: Gate,
  { committed, perSecond }: RunResult["transactions"],
): number {
  if (committed === 0) return 0;
  const holdSeconds = ((holdUs.mean ?? 0) * visits) / committed / 1_000_000;
  return (perSecond * holdSeconds) / capacity;
}
