/**
 * Writers and readers together, and now and then one who reads everything as of one moment and takes long
 * over it: dead rows that he may still see stay, and those who update pay for it.
 */
import { defineScenario } from "../../src/core/scenario.ts";
import { blockFixes, blockOptions, blockRetry, drawBlock, requireBlockOptions } from "./block.ts";
import { drawRead, readOperations, readWeights } from "./reads.ts";
import { readSnapshot, refresh } from "./upkeep.ts";
import { drawOperation, requireWeights, shapeOfHistory } from "./world.ts";

const operations = ["write-block", ...readOperations, "read-snapshot", "refresh-currents"] as const;

export const historyMixed = defineScenario({
  name: "history-mixed",
  summary: "blocks written while others read, one of them a long snapshot",
  system: "event-history",
  operations,
  defaults: { sessions: 4, thinkMs: [0, 0] },
  options: {
    ...blockOptions,
    weights: {
      kind: "weights",
      default: { "write-block": 50, ...readWeights, "read-snapshot": 1, "refresh-currents": 1 },
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
    return drawRead(random, shape, context, operation);
  },
});
