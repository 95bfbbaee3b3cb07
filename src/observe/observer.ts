/**
 * Watches a run from the server's side, on connections of its own: sessions four times a second, who
 * blocks whom when somebody waits for a lock, tables every few seconds. It never throws into the run:
 * a look that failed is counted as missed under its code. What sampling cannot see: docs/observers.md.
 */
import type { ActivityEvidence, ServerEvidence, WaitShare } from "../core/evidence.ts";
import type { Address } from "../server/address.ts";
import { readActivity } from "./activity.ts";
import { Beside, type SeenBeside } from "./beside.ts";
import { onGrid } from "./grid.ts";
import { type HostReading, readHost } from "./host.ts";
import { Link } from "./link.ts";
import { type LockEdge, readLocks } from "./locks.ts";
import { MissedLooks } from "./missed-looks.ts";
import { readServerCounts } from "./server-counts.ts";
import { Sightings, type TablesAt } from "./sightings.ts";
import { activityEvidence, observedIn, type Observed, type Sample, waitShares } from "./summary.ts";
import { readTables, type TableSnapshot, totalsByRoot } from "./tables.ts";

const sampleIntervalMs = 250;
/** A vacuum that is worth telling of takes longer. */
const besideIntervalMs = 1_000;
/** How often tables are read where nobody wants to know more: in a long run, or one that looks on. */
export const tablesIntervalMsMax = 10_000;

export interface ObserverSettings {
  /** Of the run's database: nothing outside it is counted. */
  readonly address: Address;
  /** What the application_name of the sessions begins with, such as `loadgen/concurrent/`. */
  readonly filter: string;
  /** The run's clock: monotone, in ms. Samples and questions by time are on it. */
  readonly clock: () => number;
  /** The server runs on this machine, in the same process namespace: its CPU time can be read here. */
  readonly local: boolean;
  /** How often the tables are read; a look costs milliseconds. */
  readonly tablesIntervalMs: number;
}

/** What the observing itself cost the server, since the observer started. */
export interface ObserverCost {
  /** Server CPU of the observer's backends; null where it cannot be read. */
  readonly cpuUsPerSecond: number | null;
  /** Time that the observer waited for answers. */
  readonly queryUsPerSecond: number;
  readonly samples: number;
  /** That the server ended for the observer, in the run's database. */
  readonly transactions: number;
  /** Looks that were due and did not happen, and lock questions and table snapshots that failed. */
  readonly missed: number;
  /** By SQLSTATE or transport code; "late": skipped since the one before took too long. */
  readonly missedByCode: Readonly<Record<string, number>>;
}

/** Starts observing. Throws ServerError if the server cannot be observed at all. */
export async function startObserver(settings: ObserverSettings): Promise<Observer> {
  return Observer.start(settings);
}

export class Observer {
  readonly #settings: ObserverSettings;
  readonly #sessions: Link;
  readonly #tables: Link;
  readonly #startMs: number;
  readonly #stopping = new AbortController();
  readonly #seen = new Sightings();
  readonly #missed = new MissedLooks();
  readonly #beside = new Beside();
  #sampleCount = 0;
  #loops: Promise<unknown> = Promise.resolve();

  private constructor(settings: ObserverSettings) {
    this.#settings = settings;
    this.#sessions = new Link(settings.address);
    this.#tables = new Link(settings.address);
    this.#startMs = settings.clock();
  }

  static async start(settings: ObserverSettings): Promise<Observer> {
    const observer = new Observer(settings);
    try {
      // The first questions may fail the start: later ones may not fail the run.
      await readActivity(observer.#sessions, settings.filter);
      await readTables(observer.#tables);
    } catch (error) {
      await observer.#close();
      throw error;
    }
    observer.#loops = Promise.all([
      observer.#each(sampleIntervalMs, () => observer.#sample()),
      observer.#each(besideIntervalMs, () => observer.#lookBeside()),
      observer.#each(settings.tablesIntervalMs, () => observer.#watchTables()),
    ]);
    // Should a loop have a bug, stop() throws it: until then nothing may end the run.
    observer.#loops.catch(() => undefined);
    return observer;
  }

  /** For the live line. */
  get latest(): Sample | null {
    return this.#seen.latest;
  }

  /** As old as the interval at most, unless the server did not answer. */
  get latestTables(): TablesAt | null {
    return this.#seen.latestTables;
  }

  /** As they were read in that time, in order. */
  tablesBetween(startMs: number, endMs: number): readonly TablesAt[] {
    return this.#seen.tablesBetween(startMs, endMs);
  }

  /** Asked and answered in that time, in order. */
  samplesBetween(startMs: number, endMs: number): readonly Sample[] {
    return this.#seen.samplesBetween(startMs, endMs);
  }

  /** By samples asked and answered in that time. Zero samples mean that nothing is known of it. */
  activityBetween(startMs: number, endMs: number): ActivityEvidence {
    return activityEvidence(this.samplesBetween(startMs, endMs));
  }

  waitsBetween(startMs: number, endMs: number): readonly WaitShare[] {
    return waitShares(this.samplesBetween(startMs, endMs));
  }

  observedBetween(startMs: number, endMs: number): Observed {
    const backends = this.#seen.backendsBetween(startMs, endMs);
    return observedIn(this.samplesBetween(startMs, endMs), backends);
  }

  /** That the server ended for the observer by now, in the observed database. */
  get transactions(): number {
    return this.#sessions.transactions + this.#tables.transactions;
  }

  /** Who else was at work, since the observer started. */
  get beside(): SeenBeside {
    return this.#beside.seen;
  }

  /** The tables now, for the edge of a window; null (and counted as missed) if they are not readable. */
  mark(): Promise<TableSnapshot | null> {
    return this.#missed.orMissed(async () => {
      const sentMs = this.#settings.clock();
      const tables = await readTables(this.#tables);
      const atMs = this.#settings.clock();
      this.#seen.addTables({ sentMs, answeredMs: atMs, atMs, byRoot: totalsByRoot(tables) });
      return tables;
    });
  }

  /** Process ids of the sessions' backends now, by the server's account; null (and counted as missed) without an answer. */
  async sessionPids(): Promise<readonly number[] | null> {
    const { filter } = this.#settings;
    const activity = await this.#missed.orMissed(() => readActivity(this.#sessions, filter));
    return activity && activity.backends.map((backend) => Number(backend.split("/")[0]));
  }

  /** The server's counts now; null (and counted as missed) without an answer. */
  serverCounts(): Promise<ServerEvidence | null> {
    return this.#missed.orMissed(() => readServerCounts(this.#tables));
  }

  /** What the clocks of the server's machine show now; null where they are not to be read here. */
  async hostNow(): Promise<HostReading | null> {
    const backend = this.#settings.local ? await this.#sessions.backendPid() : null;
    return backend === null ? null : readHost(backend);
  }

  /** Ends the observing and tells its cost. What was seen can still be asked for. */
  async stop(): Promise<ObserverCost> {
    this.#stopping.abort();
    try {
      await this.#loops;
      return await this.#cost();
    } finally {
      await this.#close();
    }
  }

  async #cost(): Promise<ObserverCost> {
    const seconds = (this.#settings.clock() - this.#startMs) / 1000;
    const cpuUs = await this.#cpuUs();
    return {
      cpuUsPerSecond: cpuUs === null ? null : Math.round(cpuUs / seconds),
      queryUsPerSecond: Math.round((this.#sessions.queryUs + this.#tables.queryUs) / seconds),
      samples: this.#sampleCount,
      transactions: this.transactions,
      missed: this.#missed.total,
      missedByCode: this.#missed.byCode,
    };
  }

  #each(intervalMs: number, work: () => Promise<void>): Promise<void> {
    return onGrid(
      {
        clock: this.#settings.clock,
        intervalMs,
        signal: this.#stopping.signal,
        onSkipped: (count) => this.#missed.add("late", count),
      },
      work,
    );
  }

  async #sample(): Promise<void> {
    const { clock, filter } = this.#settings;
    const sentMs = clock();
    const activity = await this.#missed.orMissed(() => readActivity(this.#sessions, filter));
    if (activity === null) return;
    const { backends, ...counts } = activity;
    const answeredMs = clock();
    const edges = counts.waitingForLock > 0 ? await this.#edges() : [];
    this.#seen.addSample({ sentMs, answeredMs, ...counts, edges }, backends);
    this.#sampleCount += 1;
  }

  async #edges(): Promise<readonly LockEdge[]> {
    const edges = await this.#missed.orMissed(() =>
      readLocks(this.#sessions, this.#settings.filter),
    );
    return edges ?? [];
  }

  async #lookBeside(): Promise<void> {
    await this.#missed.orMissed(() => this.#beside.look(this.#tables));
  }

  async #watchTables(): Promise<void> {
    await this.mark();
    // Now and then, so that little is lost when a connection dies and its process goes.
    await this.#cpuUs();
  }

  async #cpuUs(): Promise<number | null> {
    if (!this.#settings.local) return null;
    const [sessions, tables] = await Promise.all([this.#sessions.cpuUs(), this.#tables.cpuUs()]);
    return sessions === null || tables === null ? null : sessions + tables;
  }

  async #close(): Promise<void> {
    await Promise.all([this.#sessions.close(), this.#tables.close()]);
  }
}
