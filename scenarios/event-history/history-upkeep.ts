/**
 * Blocks are written while the oldest day is dropped, while the newest one is restored in bulk and what is kept of
 * currents is repaired, and while the history is rolled back by some blocks: all take locks that writers wait for.
 */
import { defineScenario } from "../../src/core/scenario.ts";
import { blockFixes, blockOptions, blockRetry, drawBlock, requireBlockOptions } from "./block.ts";
import { dropOldest, restoreNewest, rollBackBy, rollbackMax } from "./upkeep.ts";
import { drawOperation, requireWeights, shapeOfHistory } from "./world.ts";

const operations = ["write-block", "drop-oldest-day", "restore-newest-day", "roll-back"] as const;

export const historyUpkeep = defineScenario({
  name: "history-upkeep",
  summary: "blocks written while old days go, the newest is restored, and some are rolled back",
  system: "event-history",
  operations,
  defaults: { sessions: 2, thinkMs: [0, 0] },
  options: {
    ...blockOptions,
    weights: {
      kind: "weights",
      default: { "write-block": 94, "drop-oldest-day": 2, "restore-newest-day": 2, "roll-back": 2 },
      help: "the share of each operation, in whole numbers",
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
    switch (operation) {
      case "write-block":
        return drawBlock(random, shape, context, owner);
      case "drop-oldest-day":
        return { operation, inputs: [], steps: () => dropOldest(context) };
      case "restore-newest-day":
        return { operation, inputs: [], steps: () => restoreNewest(context) };
      case "roll-back": {
        const blocks = random.between(1, rollbackMax);
        return { operation, inputs: [blocks], steps: () => rollBackBy(context, blocks) };
      }
    }
  },
});
