import type { TallyJson } from "../../src/metrics/tally-parts.ts";

/** By operation and histogram, and statement: the slots' counts, added by hand. */
export function addEntries(sums: Map<string, Map<number, number>>, tally: TallyJson): void {
  const all = [
    ...tally.operations.flatMap(([name, { histograms }]) =>
      Object.entries(histograms).map(([kind, part]) => [`${name}/${kind}`, part] as const),
    ),
    ...tally.statements,
  ];
  for (const [name, part] of all) {
    const counts = sums.get(name) ?? new Map<number, number>();
    if (part !== null) sums.set(name, counts);
    part?.slots.forEach((slot, at) => {
      counts.set(slot, (counts.get(slot) ?? 0) + (part.counts[at] as number));
    });
  }
}
