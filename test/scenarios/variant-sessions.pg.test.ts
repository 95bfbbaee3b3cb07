import { expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { namedStream } from "../../src/core/random.ts";
import { expectToStandSessions, runInSessions, withVariant } from "../helpers/variant-sessions.ts";

// All of them: npm run proof.
const some = namedStream(12_345, "variants in sessions").shuffled(Object.keys(dms.variants));

it.each(some.slice(0, 5))("the variant %s stands several sessions at once", expectToStandSessions);

// Who deletes a document can deadlock with who drops a reference to it and adds another.
const withoutDeletes = {
  weights: {
    "read-document": 0,
    "reverse-lookup-by-id": 35,
    "reverse-lookup-by-uuid": 15,
    "replace-references": 50,
    "delete-document": 0,
  },
};

it.each(["current", "alias-id", "no-referenced-columns", "split-read-write"])(
  "lookups and replacements of the columns of variant %s do not deadlock",
  (variant) =>
    withVariant(variant, async (database) => {
      expect(await runInSessions(database, "mixed", 40, withoutDeletes)).toEqual([]);
    }),
);

it.each(["merge", "final"])(
  "writers of one document without a lock do not deadlock on variant %s",
  (variant) =>
    withVariant(variant, async (database) => {
      const options = { unlocked: true, hot: 2 };
      expect(await runInSessions(database, "concurrent", 30, options)).toEqual([]);
    }),
);
