/**
 * Many sessions, each replacing the references of documents drawn at random with 10 to 100 new
 * ones: the original's concurrent_load_test.py.
 *
 * The original sends the bare autocommit call, which loses updates without notice when two sessions
 * meet on a document, keeps every error as a message, and dies on its first statement (SET with a
 * bind parameter). Here each transaction locks the parent first, as the real service does;
 * `--unlocked` sends the bare call. Its README speaks of 1 000 documents and 10 000 aliases, its
 * code reads 100 000 and 1 000 000: the code is followed, since in partition order the README's
 * figures would put every write into one child. A document of 115 to 1 143 references is cut to 10
 * to 100, so the tables shrink during a run, there as here.
 */
import { refuse } from "../../src/core/failure.ts";
import { defineScenario } from "../../src/core/scenario.ts";
import {
  drawReplacement,
  lockedReplacement,
  patientRetry,
  requireAliases,
  unlockedReplacement,
} from "./references.ts";
import {
  type Document,
  readAliases,
  readDocuments,
  shuffledAliases,
  shuffledDocuments,
} from "./world.ts";

export const concurrent = defineScenario({
  name: "concurrent",
  summary: "sessions replace the references of random documents, 10 to 100 at a time",
  system: "dms",
  operations: ["replace-references"],
  defaults: { sessions: 10, thinkMs: [10, 50] },
  options: {
    unlocked: { kind: "flag", help: "send the bare call, without locking the document first" },
    hot: {
      kind: "integer",
      min: 1,
      default: null,
      help: "use only this many documents, spread evenly over the partition keys",
    },
  },
  fixes: [
    {
      name: "hot=all",
      summary: "every document is used, so that sessions seldom meet on one",
      relieves: { kind: "lock" },
      options: { hot: null },
    },
  ],
  retry: patientRetry,
  thresholds: { aborted: ["count == 0"], unknown: ["count == 0"] },

  *prepare({ seed, options }) {
    const all = shuffledDocuments(seed, yield* readDocuments());
    const documents = options.hot === null ? all : spreadOverKeys(all, options.hot);
    const aliases = shuffledAliases(seed, yield* readAliases());
    requireAliases(aliases);
    return { documents, aliases };
  },

  draw(random, { documents, aliases }, context) {
    const document = random.pick(documents);
    const { inputs, replacement, writes } = drawReplacement(random, document, aliases);
    return {
      operation: "replace-references",
      inputs,
      writes,
      steps: () =>
        context.options.unlocked
          ? unlockedReplacement(context, replacement)
          : lockedReplacement(context, document, replacement),
    };
  },
});

/** `count` documents, one from each key in turn for as long as the key has any. */
function spreadOverKeys(documents: readonly Document[], count: number): readonly Document[] {
  if (count > documents.length) {
    refuse("too-few-documents", `--hot ${count} is more than the ${documents.length} documents`);
  }
  const taken = new Map<number, number>();
  const inTurn = documents.map((document) => {
    const turn = taken.get(document.key) ?? 0;
    taken.set(document.key, turn + 1);
    return { document, turn };
  });
  inTurn.sort((one, other) => one.turn - other.turn || one.document.key - other.document.key);
  return inTurn.slice(0, count).map(({ document }) => document);
}
