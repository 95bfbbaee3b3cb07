/** What is done to the history beside writing it: long readers, refreshing, dropping what is old, restoring, rolling back. */
import { refuse } from "../../src/core/failure.ts";
import { statement } from "../../src/core/step.ts";
import {
  atomically,
  execute,
  queryOne,
  type Transaction,
  type TransactionSettings,
} from "../../src/core/transaction.ts";

const countEvents = statement(
  "count-events",
  `select
    (select count(*) from history.orders)::float8 as events,
    (select sum(height) from history.last_block)::float8 as blocks`,
);

/** What a network snapshot does: everything is read as of one moment, for so long. Refused if it moved. */
export function readSnapshot(settings: TransactionSettings, heldMs: number): Transaction {
  return atomically({ ...settings, isolation: "repeatable-read" }, function* () {
    const before = yield* queryOne(countEvents);
    yield { kind: "pause", ms: heldMs };
    const after = yield* queryOne(countEvents);
    if (before.events !== after.events || before.blocks !== after.blocks) {
      refuse("snapshot-moved", `${String(before.events)} events became ${String(after.events)}`);
    }
  });
}

const refreshCurrents = statement(
  "refresh-currents",
  "select history.refresh_currents()::text as done",
);

export function refresh(settings: TransactionSettings): Transaction {
  return atomically(settings, () => execute(refreshCurrents));
}

const dropOldestDay = statement(
  "drop-oldest-day",
  "select history.drop_oldest_day()::int4 as dropped",
);

const rollDayOn = statement("roll-day-on", "select history.roll_day_on()::int4 as surplus");

/**
 * The day is rolled on to the next, and the oldest one dropped, so that a run is never out of days. Nothing is dropped where
 * nothing was written since: how often there was is counted by the statement. At read committed, whatever the run's level:
 * it waits for writers, and must see what they wrote.
 */
export function dropOldest(settings: TransactionSettings): Transaction {
  return atomically({ ...settings, isolation: "read-committed" }, function* () {
    const { surplus } = yield* queryOne(rollDayOn);
    if (Number(surplus) > 0) yield* execute(dropOldestDay);
  });
}

const takeNewestDay = statement(
  "take-newest-day",
  "select history.take_newest_day()::int4 as events",
);
const appendSegment = statement(
  "append-segment",
  "select history.append_segment()::int4 as events",
);
const repairCurrents = statement(
  "repair-currents",
  "select history.repair_currents()::text as done",
);

/** Taken away and appended in bulk, and then what is kept of currents is repaired; each timed apart. At read committed, as above. */
export function restoreNewest(settings: TransactionSettings): Transaction {
  return atomically({ ...settings, isolation: "read-committed" }, function* () {
    const taken = yield* queryOne(takeNewestDay);
    const appended = yield* queryOne(appendSegment);
    if (taken.events !== appended.events) {
      refuse("restore", `of ${String(taken.events)} events ${String(appended.events)} came back`);
    }
    yield* execute(repairCurrents);
  });
}

const rollBack = statement(
  "roll-back",
  "select history.roll_back($1::int)::text as rolled_back_to",
);
const repairEntities = statement(
  "repair-entities",
  "select history.repair_entities()::text as done",
);
const noteRollback = statement(
  "note-rollback",
  "select history.note_rollback($1::timestamptz)::text as done",
);

/** The most that is rolled back at once, in blocks. */
export const rollbackMax = 10;

/**
 * What is kept of currents is made anew from what is left, and what was found then is noted. At read committed, whatever the
 * run's level: it waits for writers, and must see what they wrote.
 */
export function rollBackBy(settings: TransactionSettings, blocks: number): Transaction {
  return atomically({ ...settings, isolation: "read-committed" }, function* () {
    const { rolled_back_to: to } = yield* queryOne(rollBack, blocks);
    if (to === null) return;
    yield* execute(repairCurrents);
    yield* execute(repairEntities);
    yield* execute(noteRollback, String(to));
  });
}
