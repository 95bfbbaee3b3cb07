/** Which places of a modelled service are full: its gates, ranked by how much of their capacity is in use. */
import { countText } from "../core/counted.ts";
import type { RunResult } from "../run/result.ts";
import { gateDemands } from "../scaling/suspects.ts";
import { measurementsOf } from "../sweep/measured.ts";
import { timeText } from "./figures.ts";
import type { Section } from "./section.ts";

/** Fullest first. */
export function stagesSection(run: RunResult): Section {
  // The same as in a sweep, which names what limits by it. Nothing is in use where nothing was committed.
  const demands = gateDemands(measurementsOf(run));
  const inUseOf = (name: string) =>
    demands.find(({ resource }) => resource === name)?.utilisation ?? 0;
  const ranked = Object.entries(run.gates)
    .map(([name, gate]) => ({ name, gate, inUse: inUseOf(name) }))
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
            "In use: throughput × hold a transaction, all of its visits together / capacity. A hold leaves out what a request waited inside for other gates or a connection.",
          ],
  };
}
