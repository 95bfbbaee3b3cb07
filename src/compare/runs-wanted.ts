/** How many runs it takes to see a change that matters. Pure. */
import { standardErrors } from "../statistics/students-t.ts";
import { confidence } from "./chance.ts";

/** Nobody makes more. */
const runsMax = 100;

/**
 * The fewest runs a side whose interval is no wider than that to either side, if they differ as much
 * as those seen do; null: more than anybody makes. Both are of logarithms.
 */
export function runsWanted(deviation: number, halfWidthMax: number): number | null {
  for (let count = 3; count <= runsMax; count++) {
    const errors = standardErrors(confidence, 2 * (count - 1));
    if (errors * deviation * Math.sqrt(2 / count) <= halfWidthMax) return count;
  }
  return null;
}
