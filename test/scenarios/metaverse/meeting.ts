/** Two transactions of metaverse-update that read the same objects before either has written. */
import { metaverse } from "../../../fixtures/metaverse/system.ts";
import { Failure } from "../../../src/core/failure.ts";
import { transactionStream } from "../../../src/core/random.ts";
import type { Planned } from "../../../src/core/scenario.ts";
import type { Step } from "../../../src/core/step.ts";
import type { Transaction } from "../../../src/core/transaction.ts";
import { knownVariant } from "../../../src/core/variant.ts";
import { Connection } from "../../../src/server/connection.ts";
import type { Loaded } from "../../fixtures/metaverse/loaded.ts";
import { drive, only } from "../../helpers/drive.ts";
import { until } from "../../helpers/postgres.ts";
import { contextOf, scenarioNamed } from "../worlds.ts";

/** Both add an optional value to the same two objects. */
const options = {
  page: 2,
  hot: 2,
  changes: 12,
  shares: { parent: 1, insert: 11, update: 0, delete: 0 },
};

export interface Met {
  /** SQLSTATEs after which one of them was repeated. */
  readonly repeated: readonly string[];
  /** Keys that they wrote. */
  readonly keys: readonly string[];
}

export interface Meeting {
  /** Whose strategies both have; of whatever schema the database is. */
  readonly variant: string;
  /** As the server spells it. */
  readonly isolation: string;
}

/** The first has read its page when the second begins, and goes on once that has ended or waits for it. */
export async function meet(loaded: Loaded, { variant, isolation }: Meeting): Promise<Met> {
  const scenario = scenarioNamed("metaverse-update");
  const { strategies } = knownVariant(metaverse, variant);
  const context = { ...contextOf(scenario, options), strategies };
  const world = await drive(loaded.connection, scenario.prepare(context));
  const planned = [0, 1].map((session) =>
    scenario.draw(transactionStream(context.seed, "measured", session, 0), world, context, session),
  ) as [Planned, Planned];
  const repeated: string[] = [];
  const { address } = loaded.database;
  await Connection.use(address, "loadgen/first", (one) =>
    Connection.use(address, "loadgen/second", async (other) => {
      for (const each of [one, other]) {
        await each.query(`set default_transaction_isolation = '${isolation}'`);
      }
      let hasEnded = false;
      let second: Promise<void> | undefined;
      const meanwhile = async () => {
        second = persistently(other, planned[1], repeated).finally(() => (hasEnded = true));
        const isOver = async () => hasEnded || (await isWaiting(loaded.connection));
        await until(isOver, "the second has ended or waits");
      };
      await persistently(one, planned[0], repeated, meanwhile);
      await second;
    }),
  );
  const keys = planned.flatMap(({ writes = [] }) => writes.map(({ key }) => key));
  return { repeated, keys };
}

const attemptsMax = 10;

/** Until it commits. `afterReading` happens in its first attempt, between reading and writing. */
async function persistently(
  connection: Connection,
  { steps }: Planned,
  repeated: string[],
  afterReading: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  let pending: (() => Promise<void>) | null = afterReading;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const meanwhile = pending;
    pending = null;
    try {
      await driveInTwo(connection, steps(), meanwhile);
      return;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      repeated.push(error.code);
    }
  }
  throw new Error(`not committed: ${repeated.join(", ")}`);
}

/** As `drive`, but something else happens right after the page was read. */
async function driveInTwo(
  connection: Connection,
  transaction: Transaction<unknown>,
  meanwhile: (() => Promise<void>) | null,
): Promise<void> {
  let left = meanwhile;
  let next = transaction.next([]);
  while (next.done !== true) {
    const step = next.value;
    try {
      const rows = await drive(connection, only(step));
      if (isReading(step) && left !== null) {
        const once = left;
        left = null;
        await once();
      }
      next = transaction.next(rows);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      next = transaction.throw(error);
    }
  }
}

function isReading(step: Step): boolean {
  return step.kind === "query" && step.statement.name === "load-values";
}

async function isWaiting(connection: Connection): Promise<boolean> {
  const rows = await connection.query(
    `select 1 from pg_stat_activity
    where application_name = 'loadgen/second' and wait_event_type = 'Lock'
      and datname = current_database()`,
  );
  return rows.length > 0;
}
