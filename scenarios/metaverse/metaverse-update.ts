/**
 * Pages of updated objects, a page a transaction: scalars of the objects, and values added, changed
 * and removed, their shares adjustable. The original has one worker, and so is this by default;
 * several sessions meet on objects, and what they leave then without a guard is to be found.
 */
import { defaultRetry, type RetryPolicy } from "../../src/core/retry.ts";
import { defineScenario } from "../../src/core/scenario.ts";
import { atomically } from "../../src/core/transaction.ts";
import { changeKinds, changeOptions, drawChanges, inputsOf, writesOfChanges } from "./changes.ts";
import { requireWeights } from "./weights.ts";
import { updatePage } from "./update.ts";
import { hotOf, readAttributes, readUsers } from "./world.ts";

/**
 * 23505: another has added the value meanwhile, where an index keeps the second one out (variant
 * single-value-index), and nothing else here raises it. On few objects one meets others again and again.
 */
export const updateRetry: RetryPolicy = Object.freeze({
  ...defaultRetry,
  codes: [...defaultRetry.codes, "23505"],
  attemptsMax: 100,
});

export const metaverseUpdate = defineScenario({
  name: "metaverse-update",
  summary: "pages of updated objects: values added, changed and removed in one transaction",
  system: "metaverse",
  operations: ["update-page"],
  defaults: { sessions: 1, thinkMs: [0, 0] },
  options: {
    page: { kind: "integer", min: 1, default: 50, help: "objects a page" },
    ...changeOptions,
    hot: {
      kind: "integer",
      min: 1,
      default: null,
      help: "use only this many objects, so that sessions meet on them",
    },
  },
  fixes: [
    {
      name: "hot=all",
      summary: "every object is used, so that sessions seldom meet on one",
      relieves: { kind: "lock" },
      options: { hot: null },
    },
  ],
  retry: updateRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },

  *prepare({ seed, options }) {
    requireWeights(changeKinds, options.shares);
    const objects = hotOf(seed, yield* readUsers(), options);
    return { attributes: yield* readAttributes(), objects };
  },

  draw(random, { attributes, objects }, context) {
    const { options, strategies } = context;
    const places = random.distinctBelow(objects.length, options.page);
    const ids = places.sort((one, other) => one - other).map((place) => objects[place] ?? "");
    const page = drawChanges(random, ids, { attributes, options });
    return {
      operation: "update-page",
      inputs: inputsOf(page),
      writes: writesOfChanges(page),
      steps: () => atomically(context, () => updatePage({ strategies, attributes }, page)),
    };
  },
});
