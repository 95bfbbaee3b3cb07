/** How many runs it takes to see a change that matters. Pure. */
import { standardErrors } from "../statistics/students-t.ts";
import { confidence, mattersFrom } from "./chance.ts";

/** Nobody makes more. */
const runsMax = 100;

/**
 * The fewest runs a side with which chance alone could not make a change that matters, if they
 * differ as much as those seen do; null: more than anybody makes.
 */
export function runsWanted(deviation: number, margin: number): number | null {
  for (let count = 3; count <= runsMax; count++) {
    const errors = standardErrors(confidence, 2 * (count - 1));
    if (errors * deviation * Math.sqrt(2 / count) <= mattersFrom(margin)) return count;
  }
  return null;
}
