/**
 * A block after the other, each in one transaction. The original has one writer; several show what each way
 * of keeping currents makes of it: with shared ids, and clocks that drift apart, events of one order meet.
 */
import { defineScenario } from "../../src/core/scenario.ts";
import { blockFixes, blockOptions, blockRetry, drawBlock, requireBlockOptions } from "./block.ts";
import { shapeOfHistory } from "./world.ts";

export const historyWrite = defineScenario({
  name: "history-write",
  summary: "blocks of events, one transaction each; every session has blocks of its own",
  system: "event-history",
  operations: ["write-block"],
  defaults: { sessions: 1, thinkMs: [0, 0] },
  options: blockOptions,
  fixes: blockFixes,
  retry: blockRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },

  prepare({ options }) {
    requireBlockOptions(options);
    return shapeOfHistory();
  },

  draw: (random, shape, context, owner) => drawBlock(random, shape, context, owner),
});
