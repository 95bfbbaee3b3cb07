/** What transactions on the history are drawn from: what the loaded history is like. */
import type { Shape } from "../../fixtures/event-history/stream/shape.ts";
import { refuse } from "../../src/core/failure.ts";
import type { Random } from "../../src/core/random.ts";
import { statement } from "../../src/core/step.ts";
import { query, type Transaction } from "../../src/core/transaction.ts";

const readShape = statement(
  "read-shape",
  `select blocks, days, events_per_block, new_percent, markets, parties from history.shape`,
);

/** Refused if nothing is loaded. */
export function* shapeOfHistory(): Transaction<Shape> {
  const [row] = yield* query(readShape);
  if (row === undefined) refuse("no-history", "history.shape is empty: load a fixture first");
  return {
    blocks: Number(row.blocks),
    days: Number(row.days),
    eventsPerBlock: Number(row.events_per_block),
    newPercent: Number(row.new_percent),
    markets: Number(row.markets),
    parties: Number(row.parties),
  };
}

export type Weights = Readonly<Record<string, number>>;

/** Refused if no operation has a weight. */
export function requireWeights(operations: readonly string[], weights: Weights): void {
  if (operations.every((operation) => (weights[operation] ?? 0) === 0)) {
    refuse("no-weights", `one of ${operations.join(", ")} must have a weight above 0`);
  }
}

export function drawOperation<Name extends string>(
  random: Random,
  operations: readonly Name[],
  weights: Weights,
): Name {
  const weightOf = (operation: Name) => weights[operation] ?? 0;
  let ticket = random.below(operations.reduce((total, one) => total + weightOf(one), 0));
  for (const operation of operations) {
    ticket -= weightOf(operation);
    if (ticket < 0) return operation;
  }
  throw new RangeError("no operation has a weight above 0");
}
