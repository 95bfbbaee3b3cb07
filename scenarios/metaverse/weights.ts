/** Draws by whole shares. */
import { refuse } from "../../src/core/failure.ts";
import type { Random } from "../../src/core/random.ts";

type Weights = Readonly<Record<string, number>>;

function totalOf(names: readonly string[], weights: Weights): number {
  return names.reduce((total, name) => total + (weights[name] ?? 0), 0);
}

/** Refused if none of them has any. */
export function requireWeights(names: readonly string[], weights: Weights): void {
  if (totalOf(names, weights) === 0) {
    refuse("no-shares", `one of ${names.join(", ")} must have a share above 0`);
  }
}

/** Throws a RangeError if none has a weight. */
export function drawWeighted<Name extends string>(
  random: Random,
  names: readonly Name[],
  weights: Weights,
): Name {
  let ticket = random.below(totalOf(names, weights));
  for (const name of names) {
    ticket -= weights[name] ?? 0;
    if (ticket < 0) return name;
  }
  throw new RangeError(`none of ${names.join(", ")} has a weight above 0`);
}
