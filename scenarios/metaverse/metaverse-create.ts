/**
 * Pages of new objects, each with some twenty attribute values, in one transaction: the flush of a first
 * synchronisation. Everything is new, so sessions meet in nothing but indexes and the log.
 */
import { defaultRetry } from "../../src/core/retry.ts";
import { defineScenario } from "../../src/core/scenario.ts";
import { atomically } from "../../src/core/transaction.ts";
import { createPage, drawNewPage, writesOfPage } from "./create.ts";
import { readAttributes, readObjects, stays } from "./world.ts";

export const metaverseCreate = defineScenario({
  name: "metaverse-create",
  summary: "pages of new objects with all their values, a page a transaction",
  system: "metaverse",
  operations: ["create-page"],
  defaults: { sessions: 4, thinkMs: [0, 0] },
  options: {
    page: { kind: "integer", min: 1, default: 100, help: "objects a page" },
  },
  retry: defaultRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },

  *prepare() {
    const users = yield* readObjects("user");
    return { attributes: yield* readAttributes(), users: users.filter(stays) };
  },

  draw(random, world, context) {
    const page = drawNewPage(random, context.options.page);
    return {
      operation: "create-page",
      inputs: page.ids,
      writes: writesOfPage(world, page),
      steps: () => atomically(context, () => createPage(context.strategies, world, page)),
    };
  },
});
