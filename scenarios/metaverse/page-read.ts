/** A page of a system's entries with their values, in each of the ways of the strategy `paging`. */
import { statement } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import { query, type Transaction } from "../../src/core/transaction.ts";
import { hydrate } from "./hydrate.ts";
import type { Entries } from "./world.ts";

const keysetStatement = statement(
  "read-page",
  `select id::text as id from mv.connected_object
  where connected_system_id = $1::int4 and id > $2::uuid
  order by id limit $3::int4`,
);

const offsetStatement = statement(
  "read-page",
  `select id::text as id from mv.connected_object
  where connected_system_id = $1::int4
  order by id limit $3::int4 offset $2::int4`,
);

const beforeAll = "00000000-0000-0000-0000-000000000000";

/** `first`: how many entries come before the page. */
export function* readPage(
  { paging }: Strategies,
  { system, ids }: Entries,
  { first, page }: { readonly first: number; readonly page: number },
): Transaction {
  const rows =
    paging === "offset"
      ? yield* query(offsetStatement, system, first, page)
      : yield* query(keysetStatement, system, ids[first - 1] ?? beforeAll, page);
  yield* hydrate(
    "entry",
    rows.map((row) => String(row.id)),
  );
}
