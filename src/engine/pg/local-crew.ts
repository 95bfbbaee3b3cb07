/** Sessions that are driven by this very thread. */
import { setMaxListeners } from "node:events";
import { type ArrivalPlan, ArrivalSchedule } from "../../core/arrivals.ts";
import { Fates } from "../../core/fates.ts";
import { LastWrites } from "../../core/last-writes.ts";
import type { Phase } from "../../core/random.ts";
import { Recorder } from "../../metrics/recorder.ts";
import type { Tally } from "../../metrics/tally.ts";
import type { Connections } from "./connections.ts";
import { inFlightCode, plan } from "../bookkeeping.ts";
import type { Crew, CrewOptions, CrewReport } from "../crew.ts";
import { Decisions, sha256 } from "../decisions.ts";
import { connectionsFor, prepareWorld } from "./preparation.ts";
import { collectGarbage } from "./garbage.ts";
import { Metronome } from "./metronome.ts";
import { ClosedPace, OpenPace, type Pace } from "./pace.ts";
import { ServicePlaces } from "./service-places.ts";
import { StoreEar } from "./store-ear.ts";
import { type Load, runSession } from "./session.ts";
import { type PartListener, type Recording, TakenRecording } from "../recording.ts";
import { Stores } from "../stores.ts";
import type { ThreadHealth } from "../thread-health.ts";
import { monitorThread, type ThreadMonitor } from "./thread-monitor.ts";
import { Watchdog } from "./watchdog.ts";

/** Which of a run's sessions this thread has, and what it shares with the other threads. */
export interface Share {
  readonly sessions: readonly number[];
  /** The number of the next arrival, each only once over all threads. */
  readonly takeNumber: (phase: Phase) => number;
  /** One of the threads accounts for the arrivals that nobody took. */
  readonly accountsForLeftOver: boolean;
}

/** All sessions, in one thread. */
export function wholeShare(sessions: number): Share {
  const taken = { warmup: 0, measured: 0 };
  return {
    sessions: Array.from({ length: sessions }, (_, session) => session),
    takeNumber: (phase) => taken[phase]++,
    accountsForLeftOver: true,
  };
}

export class LocalCrew implements Crew {
  readonly #options: CrewOptions;
  readonly #share: Share;
  readonly #connections: Connections;
  readonly #recorders = { warmup: new Recorder(), measured: new Recorder() };
  readonly #decisions = new Decisions();
  readonly #fates: Fates | null;
  readonly #lastWrites: LastWrites | null;
  readonly #stores = new Stores();
  readonly #ear: StoreEar;
  readonly #watchdog: Watchdog;
  readonly #stop = new AbortController();
  readonly #abandon = new AbortController();
  #zeroMs = Number.POSITIVE_INFINITY;
  #world: unknown;
  #metronome: Metronome | null = null;
  #monitor: ThreadMonitor | null = null;
  #paces: Readonly<Record<Phase, Pace>> | null = null;

  constructor(options: CrewOptions, share: Share) {
    const { plan, scenario, address, dialect } = options;
    this.#options = options;
    this.#share = share;
    this.#connections = connectionsFor(plan, {
      scenario,
      address,
      dialect,
      sessions: share.sessions,
    });
    this.#ear = new StoreEar(address, this.#stores, scenario.stores?.(options.context) ?? []);
    this.#watchdog = new Watchdog(plan.timeoutMs);
    this.#fates = plan.ledger ? new Fates() : null;
    // In a database that is not a system's there is nothing to hold them against.
    this.#lastWrites = plan.system === null ? null : new LastWrites();
    // Every session that pauses listens: many are no leak here.
    setMaxListeners(0, this.#stop.signal, this.#abandon.signal);
  }

  async prepare(): Promise<void> {
    const { scenario, context, address } = this.#options;
    this.#world = await prepareWorld(scenario, context, address);
  }

  async open(): Promise<void> {
    this.#metronome = await Metronome.start();
    this.#monitor = monitorThread(this.#metronome);
    await this.#ear.open();
    await this.#connections.open();
    collectGarbage();
  }

  async drive(zeroMs: number): Promise<void> {
    this.#zeroMs = zeroMs;
    this.#paces = { warmup: this.#pace("warmup"), measured: this.#pace("measured") };
    const load = this.#load(this.#paces);
    const results = await Promise.allSettled(
      this.#share.sessions.map((session) =>
        runSession(load, session).catch((bug: unknown) => {
          this.stop();
          throw bug;
        }),
      ),
    );
    const bug = results.find((result) => result.status === "rejected");
    if (bug !== undefined) throw bug.reason;
  }

  beginMeasuring(): Promise<void> {
    this.#monitor?.reset();
    // Without a warm-up the sessions are at work already, and all that they did counts.
    if (this.#options.plan.warmupMs > 0) this.#stores.beginMeasuring();
    return Promise.resolve();
  }

  endMeasuring(): Promise<readonly ThreadHealth[]> {
    const monitor = this.#monitor;
    this.#monitor = null;
    return Promise.resolve(monitor === null ? [] : [monitor.stop()]);
  }

  take(phase: Phase): Promise<readonly Tally[]> {
    return Promise.resolve([this.#recorders[phase].take()]);
  }

  record(listener: PartListener): Recording {
    return new TakenRecording((phase) => this.take(phase), listener);
  }

  limit(max: number | null): void {
    this.#connections.limit(max);
  }

  memoryBytes(): number {
    return process.memoryUsage.rss();
  }

  cpuUsBeside(): number {
    return 0;
  }

  stop(): void {
    this.#stop.abort();
    this.#metronome?.release();
  }

  abandon(): void {
    this.#abandon.abort();
    this.#connections.abandonAll(inFlightCode);
  }

  finish(lengthMs: number): Promise<CrewReport> {
    const pace = this.#paces?.measured;
    if (pace instanceof OpenPace && this.#share.accountsForLeftOver) {
      this.#accountForLeftOver(pace, lengthMs);
    }
    const { inUseMax, transactionsEnded, lostConnections } = this.#connections;
    const { digest } = this.#decisions;
    return Promise.resolve({
      digest,
      inUseMax,
      transactionsEnded,
      lostConnections,
      fates: this.#fates?.toArrays() ?? null,
      lastWrites: this.#lastWrites?.toTell() ?? { writes: [], keysLeftOut: [] },
      stores: this.#stores.counts(),
      untoldSessions: 0,
      doubts: [],
    });
  }

  async close(): Promise<void> {
    this.stop();
    this.#watchdog.close();
    try {
      // Throws if the metronome failed: the connections are closed all the same.
      this.#monitor?.stop();
    } finally {
      await this.#metronome?.close();
      await this.#ear.close();
      await this.#connections.close();
    }
  }

  #accountForLeftOver(pace: OpenPace, lengthMs: number): void {
    const drawing = { ...this.#options, world: this.#world, decisions: this.#decisions };
    for (const turn of pace.leftOver(lengthMs)) {
      const { operation } = plan(drawing, "measured", turn);
      this.#recorders.measured.neverStarted(operation, (lengthMs - turn.dueMs) * 1000);
    }
  }

  #clockMs(): number {
    return performance.now() - this.#zeroMs;
  }

  #pace(phase: Phase): Pace {
    const settings = {
      plan: this.#options.plan,
      phase,
      recorder: this.#recorders[phase],
      clockMs: () => this.#clockMs(),
      stop: this.#stop.signal,
    };
    if (this.#options.plan.rate === null) return new ClosedPace(settings);
    if (this.#metronome === null) throw new Error("not open");
    return new OpenPace(settings, {
      schedule: new ArrivalSchedule(this.#options.plan satisfies ArrivalPlan, phase),
      takeNumber: () => this.#share.takeNumber(phase),
      metronome: this.#metronome,
    });
  }

  #load(paces: Readonly<Record<Phase, Pace>>): Load {
    const { plan, scenario, context } = this.#options;
    return {
      plan,
      scenario,
      context,
      world: this.#world,
      connections: this.#connections,
      places: scenario.service === true ? new ServicePlaces(() => this.#clockMs()) : null,
      stores: this.#stores,
      paces,
      recorders: this.#recorders,
      decisions: this.#decisions,
      hash: sha256,
      fates: this.#fates,
      lastWrites: this.#lastWrites,
      watchdog: this.#watchdog,
      clockMs: () => this.#clockMs(),
      stop: this.#stop.signal,
      abandon: this.#abandon.signal,
    };
  }
}
