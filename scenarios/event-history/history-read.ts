/** The reads alone, of a history that nobody changes: what each way of keeping currents is good for. */
import { defaultRetry } from "../../src/core/retry.ts";
import { defineScenario } from "../../src/core/scenario.ts";
import { drawRead, readOperations, readWeights } from "./reads.ts";
import { drawOperation, requireWeights, shapeOfHistory } from "./world.ts";

export const historyRead = defineScenario({
  name: "history-read",
  summary: "current orders by id, market, party, reference and status; live ones; pages",
  system: "event-history",
  operations: readOperations,
  defaults: { sessions: 1, thinkMs: [0, 0] },
  options: {
    weights: {
      kind: "weights",
      default: readWeights,
      help: "the share of each operation, in whole numbers",
    },
  },
  retry: defaultRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },

  prepare({ options }) {
    requireWeights(readOperations, options.weights);
    return shapeOfHistory();
  },

  draw(random, shape, context) {
    const operation = drawOperation(random, readOperations, context.options.weights);
    return drawRead(random, shape, context, operation);
  },
});
