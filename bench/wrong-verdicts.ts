/**
 * How often a comparison is wrong, by making up runs whose truth is known: logarithms of throughput
 * are normal, as noise in proportion is. Pure, and the same for the same seed.
 */
import { comparedFigures } from "../src/compare/figures.ts";
import type { ComparedVerdict } from "../src/compare/result.ts";
import { percentText } from "../src/compare/sentence.ts";
import { namedStream, type Random } from "../src/core/random.ts";
import type { Figures } from "../src/run/figures.ts";

export interface Made {
  readonly runsASide: number;
  /** Equal runs that were remembered before. */
  readonly remembered: number;
  /** Of equal runs, one standard deviation, as a share. */
  readonly deviation: number;
  /** By how much of the baseline's throughput the candidate's is less, as a share. */
  readonly slowdown: number;
}

export type Verdicts = Readonly<Record<ComparedVerdict, number>>;

const seed = 12345;

/** How many of so many comparisons came to which verdict. */
export function verdictsOf(made: Made, trials: number): Verdicts {
  const { runsASide, remembered, deviation, slowdown } = made;
  const random = namedStream(seed, "compare", runsASide, remembered, deviation, slowdown);
  const verdicts = { same: 0, faster: 0, slower: 0, unstable: 0 };
  const runs = (count: number, share: number): Figures[] =>
    Array.from({ length: count }, () => ({
      throughput: share * Math.exp(deviation * normalFrom(random)),
    }));
  for (let trial = 0; trial < trials; trial++) {
    const [figure] = comparedFigures({
      baseline: runs(runsASide, 1),
      candidate: runs(runsASide, 1 - slowdown),
      remembered: [runs(remembered, 1)],
      primary: "throughput",
      margin: null,
    });
    verdicts[figure?.verdict ?? "unstable"]++;
  }
  return verdicts;
}

const two32 = 2 ** 32;

/** G. E. P. Box and M. E. Muller, A note on the generation of random normal deviates, 1958. */
function normalFrom(random: Random): number {
  const uniform = () => (random.below(two32) + 0.5) / two32;
  return Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

const designs = [
  { runsASide: 1, remembered: 15 },
  { runsASide: 3, remembered: 0 },
  { runsASide: 5, remembered: 0 },
  { runsASide: 5, remembered: 15 },
] as const;

const deviations = [0.01, 0.02, 0.05] as const;

export const trialsOfTable = 2_000;

/** In Markdown: equal runs, and such with a slowdown of a tenth, by how much equal runs differ. */
export function wrongVerdictsTable(): string {
  const heading = [
    ...["runs a side", "remembered", "equal runs differ by"],
    ...["equal: same", "unstable", "**false alarm**"],
    ...["10 % slower: slower", "unstable", "**missed**"],
  ];
  const rows = designs.flatMap((design) =>
    deviations.map((deviation) => {
      const equal = verdictsOf({ ...design, deviation, slowdown: 0 }, trialsOfTable);
      const slower = verdictsOf({ ...design, deviation, slowdown: 0.1 }, trialsOfTable);
      return [
        ...[design.runsASide, design.remembered, percentText(deviation)],
        ...[equal.same, equal.unstable, equal.slower + equal.faster].map(shareText),
        ...[slower.slower, slower.unstable, slower.same + slower.faster].map(shareText),
      ];
    }),
  );
  const lines = [heading, heading.map(() => "---:"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function shareText(count: number): string {
  return `${((100 * count) / trialsOfTable).toFixed(1)} %`;
}
