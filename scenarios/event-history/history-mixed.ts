/**
 * Writers and readers together, and now and then one who reads everything as of one moment and takes long
 * over it: dead rows that he may still see stay, and those who update pay for it. As rarely, the oldest day is dropped,
 * which waits for him while all others wait behind it, and the newest is restored in bulk.
 */
import { defineScenario } from "../../src/core/scenario.ts";
import { blockFixes, blockOptions, blockRetry, drawBlock, requireBlockOptions } from "./block.ts";
import { drawRead, readOperations, readWeights } from "./reads.ts";
import { dropOldest, readSnapshot, refresh, restoreNewest } from "./upkeep.ts";
import { drawOperation, requireWeights, shapeOfHistory } from "./world.ts";

const operations = [
  "write-block",
  ...readOperations,
  "read-snapshot",
  "refresh-currents",
  "drop-oldest-day",
  "restore-newest-day",
] as const;

const weights = {
  "write-block": 50,
  ...readWeights,
  "read-snapshot": 1,
  "refresh-currents": 1,
  "drop-oldest-day": 1,
  "restore-newest-day": 1,
};

export const historyMixed = defineScenario({
  name: "history-mixed",
  summary: "blocks written while others read, one of them a long snapshot, and days go and come",
  system: "event-history",
  operations,
  defaults: { sessions: 4, thinkMs: [0, 0] },
  options: {
    ...blockOptions,
    weights: {
      kind: "weights",
      default: weights,
      help: "the share of each operation, in whole numbers",
    },
    "snapshot-ms": {
      kind: "integer",
      min: 0,
      default: 500,
      help: "how long a snapshot is held, in ms",
    },
  },
  fixes: blockFixes,
  retry: blockRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },

  prepare({ options }) {
    requireBlockOptions(options);
    requireWeights(operations, options.weights);
    return shapeOfHistory();
  },

  draw(random, shape, context, owner) {
    const operation = drawOperation(random, operations, context.options.weights);
    if (operation === "write-block") return drawBlock(random, shape, context, owner);
    if (operation === "refresh-currents") {
      return { operation, inputs: [], steps: () => refresh(context) };
    }
    if (operation === "read-snapshot") {
      const heldMs = context.options["snapshot-ms"];
      return { operation, inputs: [heldMs], steps: () => readSnapshot(context, heldMs) };
    }
    if (operation === "drop-oldest-day") {
      return { operation, inputs: [], steps: () => dropOldest(context) };
    }
    if (operation === "restore-newest-day") {
      return { operation, inputs: [], steps: () => restoreNewest(context) };
    }
    return drawRead(random, shape, context, operation);
  },
});
