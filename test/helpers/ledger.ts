/**
 * A database with one table, a scenario that appends to it, and the sessions of the pg engine on
 * both: what is counted at the client can be compared with what is in the table.
 */
import { setMaxListeners } from "node:events";
import { Fates } from "../../src/core/fates.ts";
import { LastWrites } from "../../src/core/last-writes.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { Phase } from "../../src/core/random.ts";
import { defaultRetry } from "../../src/core/retry.ts";
import { defineScenario, type Scenario } from "../../src/core/scenario.ts";
import { statement } from "../../src/core/step.ts";
import { atomically, execute, type Transaction } from "../../src/core/transaction.ts";
import type { Connections } from "../../src/engine/pg/connections.ts";
import { plainDialect } from "../../src/engine/dialect.ts";
import { ClosedPace } from "../../src/engine/pg/pace.ts";
import { connectionsFor } from "../../src/engine/pg/preparation.ts";
import { ServicePlaces } from "../../src/engine/pg/service-places.ts";
import { inFlightCode } from "../../src/engine/bookkeeping.ts";
import { type Load, runSession } from "../../src/engine/pg/session.ts";
import { Decisions, sha256 } from "../../src/engine/decisions.ts";
import { Stores } from "../../src/engine/stores.ts";
import { Watchdog } from "../../src/engine/pg/watchdog.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import { Tally } from "../../src/metrics/tally.ts";
import { countOf, finishedOf } from "../../src/metrics/operation-tally.ts";
import type { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { type FreshDatabase, freshDatabase, until } from "./postgres.ts";
import { contextOf, planWith } from "./plan.ts";

/** An empty database with the empty table `ledger`. */
export async function ledgerDatabase(server?: Address): Promise<FreshDatabase> {
  const database = await freshDatabase(server);
  await database.connection.script(
    "create table ledger (amount integer not null, pid integer not null, session text not null)",
  );
  return database;
}

export async function rowsIn(database: FreshDatabase): Promise<number> {
  const [row] = await database.connection.query("select count(*)::int4 as count from ledger");
  return Number(row?.count);
}

const appendStatement = statement(
  "append",
  `insert into ledger (amount, pid, session)
   values ($1, pg_backend_pid(), current_setting('application_name'))`,
);

/** One row with what was drawn, and by whom it was written. */
export function append(amount: number): Transaction {
  return execute(appendStatement, amount);
}

/** Every transaction draws an amount and does `body` with it, between BEGIN and COMMIT. */
export function ledgerScenario(
  body: (amount: number) => Transaction = append,
  given: Partial<Pick<Scenario, "prepare" | "retry">> = {},
): Scenario {
  return defineScenario({
    name: "ledger",
    summary: "appends to a table",
    system: null,
    operations: ["append"],
    defaults: { sessions: 2, thinkMs: [0, 0] },
    options: {},
    retry: defaultRetry,
    thresholds: {},
    // Nothing to read: amounts are drawn from thin air.
    *prepare() {},
    draw(random, _world, context) {
      const amount = random.below(1_000_000);
      return {
        operation: "append",
        inputs: [amount],
        steps: () => atomically(context, () => body(amount)),
      };
    },
    ...given,
  });
}

export interface RigOptions {
  readonly plan?: Partial<Plan>;
  readonly scenario?: Scenario;
  /** Milliseconds since the measured time began; without it that is now, after no warm-up. */
  readonly clockMs?: () => number;
}

/** Sessions of a closed loop with open connections, ready to run. */
export class Rig {
  readonly load: Load;
  readonly connections: Connections;
  readonly #stop: AbortController;
  readonly #abandon: AbortController;
  readonly #tallies = { warmup: new Tally(), measured: new Tally() };

  private constructor(load: Load, stop: AbortController, abandon: AbortController) {
    this.load = load;
    this.connections = load.connections;
    this.#stop = stop;
    this.#abandon = abandon;
  }

  static async open(address: Address, given: RigOptions = {}): Promise<Rig> {
    const plan = planWith(given.plan);
    const scenario = given.scenario ?? ledgerScenario();
    const zeroMs = performance.now();
    const clockMs = given.clockMs ?? (() => performance.now() - zeroMs);
    const connections = connectionsFor(plan, {
      scenario,
      address,
      dialect: plainDialect,
      sessions: numbersOf(plan),
    });
    await connections.open();
    const stop = new AbortController();
    const abandon = new AbortController();
    setMaxListeners(0, stop.signal, abandon.signal);
    const recorders = { warmup: new Recorder(), measured: new Recorder() };
    const pace = (phase: Phase) =>
      new ClosedPace({ plan, phase, recorder: recorders[phase], clockMs, stop: stop.signal });
    const load: Load = {
      plan,
      scenario,
      world: undefined,
      context: contextOf(plan),
      connections,
      stores: new Stores(),
      places: scenario.service === true ? new ServicePlaces(clockMs) : null,
      paces: { warmup: pace("warmup"), measured: pace("measured") },
      recorders,
      decisions: new Decisions(),
      hash: sha256,
      fates: plan.ledger ? new Fates() : null,
      lastWrites: plan.system === null ? null : new LastWrites(),
      watchdog: new Watchdog(plan.timeoutMs),
      clockMs,
      stop: stop.signal,
      abandon: abandon.signal,
    };
    return new Rig(load, stop, abandon);
  }

  /** Resolves when all sessions have ended; rejects with the first bug in one of them. */
  async drive(): Promise<void> {
    const ending = numbersOf(this.load.plan).map((session) => runSession(this.load, session));
    // The others end with the one that has a bug.
    for (const one of ending) one.catch(() => this.stop());
    const results = await Promise.allSettled(ending);
    const bug = results.find((result) => result.status === "rejected");
    if (bug !== undefined) throw bug.reason;
  }

  /** No new transaction starts. */
  stop(): void {
    this.#stop.abort();
  }

  /** What still runs is dropped, as at the end of a run's grace. */
  drop(): void {
    this.#abandon.abort();
    this.connections.abandonAll(inFlightCode);
  }

  /** All that was reported so far. */
  tally(phase: Phase = "measured"): Tally {
    const tally = this.#tallies[phase];
    tally.add(this.load.recorders[phase].take());
    return tally;
  }

  /** Of the measured time: how many ended in which way. */
  counts() {
    const tally = this.tally();
    return {
      started: tally.started,
      committed: tally.sum(countOf("committed")),
      aborted: tally.sum(countOf("aborted")),
      unknown: tally.sum(countOf("unknown")),
      censored: tally.sum(({ censored }) => censored.count),
      retries: tally.sum(({ retries }) => retries),
      reconnects: tally.reconnects,
    };
  }

  finished(): number {
    return this.tally().sum(finishedOf);
  }

  errors(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.tally().operation("append").errors);
  }

  get digest(): string {
    return this.load.decisions.digest;
  }

  close(): Promise<void> {
    this.load.watchdog.close();
    return this.connections.close();
  }
}

function numbersOf({ sessions }: Plan): readonly number[] {
  return Array.from({ length: sessions }, (_, session) => session);
}

/** Opens, drives to the end, closes. */
export async function driven(address: Address, given: RigOptions = {}): Promise<Rig> {
  const rig = await Rig.open(address, given);
  try {
    await rig.drive();
  } finally {
    await rig.close();
  }
  return rig;
}

/** A lock that a test closes, so that transactions pile up in front of it, and opens when it likes. */
export class Barrier {
  readonly #connection: Connection;
  readonly #key: number;

  private constructor(connection: Connection, key: number) {
    this.#connection = connection;
    this.#key = key;
  }

  /** Closed; `key` as the transactions name it in `pass`. It opens with `open` or `end`. */
  static async close(address: Address, key: number): Promise<Barrier> {
    const connection = await Connection.open(address, "loadgen/test");
    await connection.query("select pg_advisory_lock($1)", [key]);
    return new Barrier(connection, key);
  }

  /** The process ids of those who wait in front of it. */
  async waiting(): Promise<readonly number[]> {
    const rows = await this.#connection.query(
      `select pid from pg_catalog.pg_locks
        where locktype = 'advisory' and not granted and objid = $1
          and database = (select oid from pg_catalog.pg_database where datname = current_database())`,
      [this.#key],
    );
    return rows.map((row) => Number(row.pid));
  }

  async untilWaiting(count: number): Promise<void> {
    await until(async () => (await this.waiting()).length === count, `${count} waiting`);
  }

  async open(): Promise<void> {
    await this.#connection.query("select pg_advisory_unlock($1)", [this.#key]);
  }

  /** Opens it, whatever happened. */
  end(): Promise<void> {
    return this.#connection.close();
  }
}

/** Waits while the barrier of this key is closed. */
export function pass(key: number): Transaction {
  return execute(statement(`pass-${key}`, `select pg_advisory_xact_lock_shared(${key})`));
}
