/**
 * Pages of new objects, each with some twenty attribute values: the flush of a first synchronisation, in one
 * transaction, or in parts over several connections (see side-by-side.ts). Everything is new, so sessions meet in nothing but indexes and the log.
 */
import { defaultRetry } from "../../src/core/retry.ts";
import { defineScenario } from "../../src/core/scenario.ts";
import { drawNewPage, rowsOfPage, writesOfPage } from "./create.ts";
import { connectionsFor, createOver } from "./side-by-side.ts";
import { readAttributes, readUsers, stays } from "./world.ts";

export const metaverseCreate = defineScenario({
  name: "metaverse-create",
  summary: "pages of new objects with all their values, a page a transaction",
  system: "metaverse",
  operations: ["create-page"],
  defaults: { sessions: 4, thinkMs: [0, 0] },
  options: {
    page: { kind: "integer", min: 1, default: 100, help: "objects a page" },
    writers: {
      kind: "integer",
      min: 1,
      // The original has one a core, and never less.
      default: 2,
      help: "connections that a page of 50 objects for each is written over, where the variant has it so",
    },
  },
  retry: defaultRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },

  connections: ({ strategies, options }) => connectionsFor(strategies, options),

  *prepare() {
    const users = yield* readUsers();
    return { attributes: yield* readAttributes(), users: users.filter(stays) };
  },

  draw(random, world, context) {
    const page = drawNewPage(random, context.options.page);
    return {
      operation: "create-page",
      inputs: page.ids,
      writes: writesOfPage(world, page),
      steps: () => createOver(context, context.options, rowsOfPage(world, page)),
    };
  },
});
