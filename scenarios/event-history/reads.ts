/** What is asked of the history: current orders by all that one may know of them, and those that are live. */
import { identity } from "../../fixtures/event-history/stream/identity.ts";
import { newOrdersOf, rejected } from "../../fixtures/event-history/stream/orders.ts";
import type { Shape } from "../../fixtures/event-history/stream/shape.ts";
import { refuse } from "../../src/core/failure.ts";
import type { Random } from "../../src/core/random.ts";
import type { Planned } from "../../src/core/scenario.ts";
import { type Row, type Statement, statement } from "../../src/core/step.ts";
import {
  alone,
  atomically,
  query,
  type Transaction,
  type TransactionSettings,
} from "../../src/core/transaction.ts";

/** As many as a page of the original's API shows. */
const pageRows = 50;

/** Newest first; what stands in `filter` is $1. */
function list(name: string, view: string, filter: string): Statement {
  return statement(
    name,
    `select id::text as id, status::int4 as status, version, created_at::text as created_at
    from history.${view}
    where ${filter}
    order by created_at desc, id desc
    limit ${pageRows}`,
  );
}

const latestById = statement(
  "latest-by-id",
  `select status::int4 as status, version, remaining::float8 as remaining, vega_time::text as vega_time
  from history.orders_current
  where id = $1::uuid`,
);

const versionsOfOrder = statement(
  "versions-of-order",
  `select status::int4 as status, version, vega_time::text as vega_time
  from history.order_event
  where id = $1::uuid
  order by vega_time desc, seq_num desc`,
);

const lists = {
  "list-by-market": list("list-by-market", "orders_by_market", "market_id = $1::uuid"),
  "list-by-party": list("list-by-party", "orders_by_party", "party_id = $1::uuid"),
  "list-by-reference": list("list-by-reference", "orders_by_reference", "reference = $1::text"),
  "filter-by-status": list("filter-by-status", "orders_current", "status = $1::smallint"),
} as const;

const liveOrders = statement(
  "live-orders",
  `select id::text as id, price::float8 as price, remaining::float8 as remaining
  from history.orders_live
  where market_id = $1::uuid
  order by vega_time, seq_num`,
);

const openProposals = statement(
  "open-proposals",
  `select id::text as id, reference
  from history.proposals_current
  where state = $1::text
  order by vega_time desc
  limit ${pageRows}`,
);

const nextPage = statement(
  "next-page",
  `select id::text as id, created_at::text as created_at
  from history.orders_by_market
  where market_id = $1::uuid and (created_at, id) < ($2::timestamptz, $3::uuid)
  order by created_at desc, id desc
  limit ${pageRows}`,
);

/** Of those that are one statement. */
const statements = {
  ...lists,
  "latest-by-id": latestById,
  "versions-of-order": versionsOfOrder,
  "live-orders": liveOrders,
  "open-proposals": openProposals,
} as const;

export const readWeights = {
  "latest-by-id": 40,
  "list-by-market": 15,
  "list-by-party": 15,
  "list-by-reference": 10,
  "filter-by-status": 5,
  "live-orders": 5,
  "page-by-market": 5,
  "versions-of-order": 4,
  "open-proposals": 1,
} as const;

export type ReadName = keyof typeof readWeights;

export const readOperations = Object.keys(readWeights) as readonly ReadName[];

export function drawRead(
  random: Random,
  shape: Shape,
  settings: TransactionSettings,
  operation: ReadName,
): Planned {
  const key = keyFor(random, shape, operation);
  const steps = (): Transaction<unknown> =>
    operation === "page-by-market"
      ? atomically(settings, () => readPages(key))
      : alone(settings, statements[operation], key);
  return { operation, inputs: [key], steps };
}

function keyFor(random: Random, shape: Shape, operation: ReadName): string | number {
  switch (operation) {
    case "latest-by-id":
    case "versions-of-order": {
      const bornAt = random.between(1, shape.blocks);
      const place = random.below(newOrdersOf(shape.eventsPerBlock, shape));
      return identity("order", 0, bornAt, place);
    }
    case "list-by-party":
      return identity("party", 0, random.below(shape.parties));
    case "list-by-reference":
      return `reference-${random.below(shape.parties * 20)}`;
    case "filter-by-status":
      // So rare that a limit does not end the search early.
      return rejected;
    case "open-proposals":
      return "open";
    case "list-by-market":
    case "live-orders":
    case "page-by-market":
      return identity("market", 0, random.below(shape.markets));
  }
}

const pages = 3;

/** From the newest on, each page after the last row of the one before. Refused if a page begins before it should. */
function* readPages(market: string | number): Transaction {
  let rows: readonly Row[] = yield* query(lists["list-by-market"], market);
  for (let page = 1; page < pages && rows.length === pageRows; page++) {
    const last = rows[rows.length - 1] as Row;
    rows = yield* query(nextPage, market, String(last.created_at), String(last.id));
    if (String(rows[0]?.created_at ?? "") > String(last.created_at)) {
      refuse(
        "page-order",
        `a page after ${String(last.created_at)} began at ${String(rows[0]?.created_at)}`,
      );
    }
  }
}
