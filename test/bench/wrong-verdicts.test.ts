import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { trialsOfTable, verdictsOf, wrongVerdictsTable } from "../../bench/wrong-verdicts.ts";

const trials = 500;

/** What chance alone may add to a share of 5 % in so many trials: three standard deviations. */
const chance = 3 * Math.sqrt((0.05 * 0.95) / trials);

/** Runs a side, and equal ones remembered. */
const designs = [
  [1, 15],
  [3, 0],
  [5, 0],
] as const;

describe.each(designs)(
  "comparisons of %i runs a side with %i remembered",
  (runsASide, remembered) => {
    const verdicts = (deviation: number, slowdown: number) =>
      verdictsOf({ runsASide, remembered, deviation, slowdown }, trials);

    it.each([0.01, 0.02, 0.05])(
      "differing by %d raise false alarms in 5 %% at most",
      (deviation) => {
        const { faster, slower } = verdicts(deviation, 0);
        expect((faster + slower) / trials).toBeLessThanOrEqual(0.05 + chance);
      },
    );

    it.each([0.01, 0.02, 0.05])("differing by %d miss a tenth in 1 %% at most", (deviation) => {
      const { same, faster } = verdicts(deviation, 0.1);
      expect((same + faster) / trials).toBeLessThanOrEqual(0.01);
    });

    it("differing by one percent are nearly always told right", () => {
      const [equal, slower] = [verdicts(0.01, 0), verdicts(0.01, 0.1)];
      // Same is known of runs one a side less often: what they differ by and chance have to fit in 5 %.
      expect(equal.same / trials).toBeGreaterThan(runsASide === 1 ? 0.7 : 0.98);
      expect(equal.faster + equal.slower).toBeLessThanOrEqual(0.01 * trials);
      expect(slower.slower / trials).toBeGreaterThan(0.98);
    });

    it.each([0.01, 0.02, 0.05])(
      "differing by %d call a twentieth the same in 2.5 %% at most",
      (deviation) => {
        // The margin exactly: the half of what the interval of 95 % leaves out.
        const { same } = verdicts(deviation, 1 - 1 / 1.05);
        expect(same / trials).toBeLessThanOrEqual(0.025 + chance);
      },
    );
  },
);

it("noise is called unstable, and more runs make up for it", () => {
  const noisy = { remembered: 0, deviation: 0.05, slowdown: 0.1 };
  const [few, many] = [3, 20].map((runsASide) => verdictsOf({ ...noisy, runsASide }, trials));
  expect(few!.unstable / trials).toBeGreaterThan(0.3);
  expect(many!.slower / trials).toBeGreaterThan(0.98);
});

// It computes for a second, which is many where the machine has other work.
it("the table in docs/comparing.md is what npm run docs:compare prints", async () => {
  const text = await readFile(join(import.meta.dirname, "../../docs/comparing.md"), "utf8");
  const rows = (table: string) =>
    table
      .split("\n")
      .filter((line) => line.startsWith("|") && !line.includes("---"))
      // Prettier pads the cells.
      .map((line) => line.split("|").map((cell) => cell.trim()));
  const printed = rows(wrongVerdictsTable());
  expect(printed.length).toBeGreaterThan(1);
  expect(rows(text)).toEqual(expect.arrayContaining(printed));
  expect(text).toContain(`${trialsOfTable / 1000} 000 comparisons`);
}, 60_000);
