/**
 * One block in one transaction, as the original's broker writes it: the block, its orders, the balances and
 * positions that it changes, and the market data. Each session has blocks of its own, one after the other;
 * which one is next the database says, so that what was rolled back leaves no gap.
 */
import {
  accountId,
  balanceRows,
  drawMoney,
  marketDataRows,
  marketColumns,
  marketId,
  marketRows,
  type MoneyDraws,
  partyId,
  positionRows,
  proposalColumns,
  proposalRow,
} from "../../fixtures/event-history/stream/money.ts";
import {
  type BlockPlace,
  drawOrders,
  eventsMax,
  type OrderDraws,
  orderRows,
} from "../../fixtures/event-history/stream/orders.ts";
import { type Shape, secondsOf, timeText } from "../../fixtures/event-history/stream/shape.ts";
import { refuse } from "../../src/core/failure.ts";
import type { Random } from "../../src/core/random.ts";
import { defaultRetry } from "../../src/core/retry.ts";
import type { Fix, Planned, ValuesOf } from "../../src/core/scenario.ts";
import { statement } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import {
  atomically,
  execute,
  query,
  queryOne,
  type Transaction,
  type TransactionSettings,
} from "../../src/core/transaction.ts";
import { append, byId, targets, upsertCurrent } from "./appending.ts";

/** Of every scenario that writes blocks. */
export const blockOptions = {
  ids: {
    kind: "choice",
    values: ["shared", "sharded"],
    default: "shared",
    help: "whether all sessions have the same orders, or each has its own",
  },
  events: {
    kind: "integer",
    min: 1,
    default: null,
    help: "order events of a block (default: as in the loaded history)",
  },
  hot: {
    kind: "integer",
    min: 1,
    default: null,
    help: "updates are of so many of the oldest orders (default: of those of the last blocks)",
  },
  late: {
    kind: "integer",
    min: 0,
    default: 0,
    help: "how many of a hundred updates arrive some blocks late",
  },
  sorted: { kind: "flag", help: "orders of a block are written in the order of their ids" },
} as const;

/** What a sweep tries where sessions wait for one another. */
export const blockFixes: readonly Fix[] = [
  {
    name: "ids=sharded",
    summary: "each session has orders of its own",
    relieves: { kind: "lock" },
    options: { ids: "sharded" },
  },
];

export type BlockOptions = ValuesOf<typeof blockOptions>;

/** 23505: a trigger of the other session has inserted the same order; a retry sees it. */
export const blockRetry = { ...defaultRetry, codes: [...defaultRetry.codes, "23505"] };

export interface BlockSettings extends TransactionSettings {
  readonly strategies: Strategies;
  readonly options: BlockOptions;
}

/** Refused if options are out of bounds. */
export function requireBlockOptions({ events, late }: BlockOptions): void {
  if (late > 100) refuse("late", `--late ${late}: expected 0 to 100, of a hundred`);
  if ((events ?? 0) > eventsMax)
    refuse("events", `--events ${events}: expected at most ${eventsMax}`);
}

interface Draws {
  readonly writer: number;
  readonly shard: number;
  readonly orders: OrderDraws;
  readonly money: MoneyDraws;
}

export function drawBlock(
  random: Random,
  shape: Shape,
  settings: BlockSettings,
  writer: number,
): Planned {
  const { hot, late, ids } = settings.options;
  const events = settings.options.events ?? shape.eventsPerBlock;
  const draws: Draws = {
    writer,
    shard: ids === "sharded" ? writer : 0,
    orders: drawOrders(random, shape, { events, hot, latePercent: late }),
    money: drawMoney(random, shape, events),
  };
  return {
    operation: "write-block",
    inputs: inputsOf(draws),
    steps: () => atomically(settings, () => writeBlock(draws, shape, settings)),
  };
}

/** All that was drawn, as numbers. */
function inputsOf({ writer, shard, orders, money }: Draws): readonly number[] {
  const updates = orders.updates.flatMap(({ age, place, status, isAgain, lateBlocks }) => [
    ...[age, place, status, isAgain ? 1 : 0, lateBlocks],
  ]);
  const changes = [...money.balances, ...money.positions].flatMap(({ of, party, delta }) => [
    ...[of, party, delta],
  ]);
  return [writer, shard, orders.newOrders, ...updates, ...changes];
}

const openBlock = statement(
  "open-block",
  `insert into history.last_block as last (writer, height, vega_time)
  values ($1::smallint, $2::bigint, history.time_of($2::bigint))
  on conflict (writer) do update
    set height = last.height + 1, vega_time = history.time_of(last.height + 1)
  returning height::int4 as height`,
);

const insertBlock = statement(
  "insert-block",
  `insert into history.block (writer, height, vega_time, orders)
  values ($1::smallint, $2::bigint, $3::timestamptz, $4::int)`,
);

const upsertProposal = statement(
  "upsert-proposal",
  `insert into history.proposal (${proposalColumns.join(", ")})
  values ($1::uuid, $2::text, $3::uuid, $4::text, $5::jsonb, $6::timestamptz, $7::bigint)
  on conflict (id, vega_time) do update
    set state = excluded.state, terms = excluded.terms, seq_num = excluded.seq_num`,
);

const upsertMarket = statement(
  "upsert-market",
  `insert into history.market (${marketColumns.join(", ")})
  values ($1::uuid, $2::text, $3::numeric, $4::timestamptz, $5::bigint)
  on conflict (id, vega_time) do update
    set state = excluded.state, tick_size = excluded.tick_size, seq_num = excluded.seq_num`,
);

function* writeBlock(draws: Draws, shape: Shape, settings: BlockSettings): Transaction {
  const { writer, shard } = draws;
  const first = shape.blocks + 1;
  const opened = yield* queryOne(openBlock, writer, first);
  const at: BlockPlace = { writer, shard, height: Number(opened.height) };
  const time = timeText(secondsOf(shape, at.height));
  const inTurn = orderRows(draws.orders, shape, at);
  const orders = settings.options.sorted ? byId(inTurn) : inTurn;
  const { write, currents } = settings.strategies;
  yield* execute(insertBlock, writer, at.height, time, orders.length);
  yield* append(targets.orders, orders, write);
  if (currents === "client") yield* upsertCurrent(orders);
  const balances = yield* heldBalances(draws);
  yield* append(targets.balance, balanceRows(draws.money, shape, at, balances), write);
  const positions = yield* heldPositions(draws);
  yield* append(targets.position, positionRows(draws.money, shape, at, positions), write);
  yield* append(targets.marketData, marketDataRows(shape, at), write);
  yield* execute(upsertProposal, ...proposalRow(shape, at));
  for (const row of marketRows(shape, at)) yield* execute(upsertMarket, ...row);
}

const readBalances = statement(
  "read-balances",
  `select account_id::text as key, balance::float8 as held
  from history.balances_current
  where account_id = any($1::uuid[])`,
);

function* heldBalances({ writer, money }: Draws): Transaction<ReadonlyMap<string, number>> {
  const accounts = money.balances.map((change) => accountId(writer, change));
  const rows = yield* query(readBalances, accounts);
  return new Map(rows.map(({ key, held }) => [String(key), Number(held)]));
}

// Both lists, and not pairs: these go down into a view, where a join would stay above it.
const readPositions = statement(
  "read-positions",
  `select party_id::text || '/' || market_id::text as key, open_volume::float8 as held
  from history.positions_current
  where party_id = any($1::uuid[]) and market_id = any($2::uuid[])`,
);

function* heldPositions({ writer, money }: Draws): Transaction<ReadonlyMap<string, number>> {
  const parties = new Set(money.positions.map((change) => partyId(writer, change)));
  const markets = new Set(money.positions.map(({ of }) => marketId(of, 0)));
  const rows = yield* query(readPositions, [...parties], [...markets]);
  return new Map(rows.map(({ key, held }) => [String(key), Number(held)]));
}
