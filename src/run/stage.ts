/**
 * One performance: its clock, its sessions, its faults, from the first transaction to the last. What
 * it needs is open when it begins, and closed by whoever opened it.
 */
import { setMaxListeners } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { Digest } from "../core/digest.ts";
import type { Plan } from "../core/plan.ts";
import type { Context, Scenario } from "../core/scenario.ts";
import type { Connections } from "../engine/pg/connections.ts";
import { driveSessions } from "../engine/pg/load.ts";
import { inFlightCode, type Load } from "../engine/pg/session.ts";
import { Recorder, type Segment } from "../metrics/recorder.ts";
import type { Observer } from "../observe/observer.ts";
import type { Address } from "../server/address.ts";
import type { Connection } from "../server/connection.ts";
import { type ArmedFault, Chaos, type Mark } from "./chaos.ts";
import { type GeneratorHealth, monitorGenerator } from "./generator-health.ts";
import type { RunListener, RunSample } from "./listener.ts";
import type { Seen } from "./windows.ts";

export interface MeasureOptions {
  readonly runId: string;
  readonly plan: Plan;
  readonly scenario: Scenario;
  /** The run's database. */
  readonly address: Address;
  /** The server runs on this machine. */
  readonly local: boolean;
  readonly armed: readonly ArmedFault[];
  readonly journalFolder: string;
  /** As the journal names it; null: the embedded server. */
  readonly server: string | null;
  /** Aborts when the user wants the run to end; what was measured by then counts. */
  readonly interrupted: AbortSignal;
  readonly listener: RunListener;
  readonly onInterval: (interval: Segment) => void;
}

export interface Performed extends Seen {
  readonly warmup: Recorder;
  readonly digest: string;
  readonly generator: GeneratorHealth;
}

/** What the stage works with. */
export interface Opened {
  readonly context: Context;
  readonly world: unknown;
  readonly connections: Connections;
  readonly chaosConnection: Connection;
}

export class Stage {
  readonly #options: MeasureOptions;
  readonly #opened: Opened;
  readonly #observer: Observer;
  readonly #recorder: Recorder;
  readonly #warmup = new Recorder(() => undefined);
  readonly #stop = new AbortController();
  readonly #abandon = new AbortController();
  readonly #chaos: Chaos;
  #zeroMs = Number.POSITIVE_INFINITY;
  /** When the tables were read that the last sample told of. */
  #tablesAtMs: number | null = null;

  constructor(options: MeasureOptions, opened: Opened, observer: Observer) {
    this.#options = options;
    this.#opened = opened;
    this.#observer = observer;
    // Every session that pauses listens: many are no leak here.
    setMaxListeners(0, this.#stop.signal, this.#abandon.signal);
    this.#recorder = new Recorder(options.onInterval);
    this.#chaos = new Chaos(options.armed, {
      runId: options.runId,
      journalFolder: options.journalFolder,
      server: options.server,
      database: options.address.database,
      context: {
        target: opened.chaosConnection,
        sessions: { limitConnections: (max) => opened.connections.limit(max) },
      },
      clockMs: () => this.#clockMs(),
      cut: (atMs) => this.#recorder.cut(atMs),
      mark: () => observer.mark(),
      onChange: (text, inForce) =>
        options.listener.phase(`fault ${inForce ? "in force" : "over"}: ${text}`),
    });
  }

  async play(): Promise<Performed> {
    const { plan, listener } = this.#options;
    const digest = new Digest();
    const health = monitorGenerator();
    try {
      await this.#chaos.injectStanding();
      listener.phase(phaseText(plan));
      this.#zeroMs = performance.now() + plan.warmupMs;
      const sessions = driveSessions(this.#load(digest), () => this.#stop.abort());
      const ticking = this.#tick(health.sample);
      const beginning = this.#beginMeasuring(health.reset);
      await Promise.race([sessions, this.#timeIsUp()]);
      const lengthMs = Math.max(0, this.#clockMs());
      this.#stop.abort();
      const lastTickMs = await ticking;
      if (lengthMs - lastTickMs >= lastSampleMsMin) listener.sample(this.#sample(lengthMs));
      this.#recorder.cut(lengthMs);
      const generator = health.stop(this.#recorder.totals.started);
      const end = await this.#observer.mark();
      const [start] = await Promise.all([beginning, this.#chaos.end(), this.#drain(sessions)]);
      this.#recorder.cut(Math.max(lengthMs, this.#clockMs()));
      // Not cut(): a run that is stopped in its warm-up has no length, and yet a warm-up to count.
      this.#warmup.tick(lengthMs);
      return {
        recorder: this.#recorder,
        warmup: this.#warmup,
        observer: this.#observer,
        zeroMs: this.#zeroMs,
        lengthMs,
        courses: this.#chaos.courses,
        edges: { start, end },
        digest: digest.toString(),
        generator,
      };
    } finally {
      this.#stop.abort();
      this.#abandon.abort();
      await this.#chaos.end();
    }
  }

  #clockMs(): number {
    return performance.now() - this.#zeroMs;
  }

  #load(digest: Digest): Load {
    const { plan, scenario } = this.#options;
    const { context, world, connections } = this.#opened;
    return {
      plan,
      scenario,
      world,
      context,
      connections,
      recorders: { warmup: this.#warmup, measured: this.#recorder },
      digest,
      clockMs: () => this.#clockMs(),
      stop: this.#stop.signal,
      abandon: this.#abandon.signal,
    };
  }

  /** At the start of the measured time; the tables as they are then. */
  async #beginMeasuring(resetHealth: () => void): Promise<Mark> {
    await until(this.#zeroMs, this.#stop.signal);
    resetHealth();
    this.#chaos.schedule();
    return this.#observer.mark();
  }

  /** Resolves at the planned end, or when the user ends the run. */
  async #timeIsUp(): Promise<void> {
    const { plan, interrupted } = this.#options;
    const endMs = plan.durationMs === null ? null : this.#zeroMs + plan.durationMs;
    await until(endMs, AbortSignal.any([interrupted, this.#stop.signal]));
  }

  /** Gives what still runs the planned grace, then drops it. */
  async #drain(sessions: Promise<void>): Promise<void> {
    const { plan } = this.#options;
    const graceOver = new AbortController();
    const dropping = until(performance.now() + plan.graceMs, graceOver.signal).then(() => {
      this.#abandon.abort();
      if (!graceOver.signal.aborted) this.#opened.connections.abandonAll(inFlightCode);
    });
    try {
      await sessions;
    } finally {
      graceOver.abort();
      await dropping;
    }
  }

  /** Tells how it goes at each full second. Resolves with the last one; what is left of it is play()'s. */
  async #tick(onTick: () => void): Promise<number> {
    for (let second = Math.floor(this.#clockMs() / 1000) + 1; ; second++) {
      await until(this.#zeroMs + second * 1000, this.#stop.signal);
      if (this.#stop.signal.aborted) return (second - 1) * 1000;
      onTick();
      this.#options.listener.sample(this.#sample(second * 1000));
    }
  }

  #sample(atMs: number): RunSample {
    const phase = atMs <= 0 ? "warmup" : "measured";
    const recorder = phase === "warmup" ? this.#warmup : this.#recorder;
    const { offered, achieved, committed, aborted, unknown, errors, retries, latencyUs } =
      recorder.tick(atMs);
    const seen = this.#observer.latest;
    return {
      phase,
      atMs: Math.round(atMs),
      offered,
      achieved,
      committed,
      aborted,
      unknown,
      errors,
      retries,
      latencyUs,
      busySessions: seen?.busy ?? null,
      activeSessions: seen?.active ?? null,
      waits: seen?.waits ?? [],
      lockEdges: seen?.edges ?? [],
      oldestTransactionMs: seen?.oldestTransactionMs ?? null,
      tables: this.#newTables(),
      faults: this.#chaos.textsInForce,
    };
  }

  /** What the observer read of the tables since the last sample; null where it read nothing. */
  #newTables(): RunSample["tables"] {
    const read = this.#observer.latestTables;
    if (read === null || read.atMs === this.#tablesAtMs) return null;
    this.#tablesAtMs = read.atMs;
    return read.byRoot;
  }
}

/** A shorter rest than this, after the last full second, is the lateness of a timer and no second. */
const lastSampleMsMin = 100;

/** Until a time of performance.now(), or the signal; null: the signal alone. */
async function until(atMs: number | null, signal: AbortSignal): Promise<void> {
  // Timers take no more than 2^31 - 1 ms; for the rest the signal comes first.
  const ms = atMs === null ? 2 ** 31 - 1 : Math.max(0, atMs - performance.now());
  // The only rejection is the signal.
  await wait(ms, undefined, { signal }).catch(() => undefined);
}

function phaseText(plan: Plan): string {
  const warmup = plan.warmupMs > 0 ? `warming up for ${plan.warmupMs / 1000} s, then ` : "";
  const length =
    plan.durationMs === null
      ? `${plan.transactionsPerSession ?? 0} transactions a session`
      : `measuring for ${plan.durationMs / 1000} s`;
  return warmup + length;
}
