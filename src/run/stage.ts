/**
 * One performance: its clock, its sessions, its faults, from the first transaction to the last. What
 * it needs is open when it begins, and closed by whoever opened it.
 */
import type { Plan } from "../core/plan.ts";
import type { Scenario } from "../core/scenario.ts";
import type { Crew, CrewReport } from "../engine/crew.ts";
import { sessionPrefix } from "../engine/session-name.ts";
import type { ThreadHealth } from "../engine/thread-health.ts";
import type { HostControl } from "../faults/host.ts";
import type { IntervalSample, Timeline } from "../metrics/timeline.ts";
import { hostFigure, type HostReading } from "../observe/host.ts";
import type { Observer } from "../observe/observer.ts";
import type { HostFigure } from "../scaling/measurements.ts";
import type { Address } from "../server/address.ts";
import type { Connection } from "../server/connection.ts";
import { Chaos } from "./faults/chaos.ts";
import type { ArmedFault } from "./faults/fault-course.ts";
import { FaultAccount } from "./faults/fault-scope.ts";
import { Beat } from "./beat.ts";
import { type Mark, noMark, readMark } from "./mark.ts";
import type { K6Tools } from "../engine/k6/crew.ts";
import type { PartListener, Recording } from "../engine/recording.ts";
import { lastSampleMsMin, OfferedLoad, type OfferedInAll } from "./offered-load.ts";
import { Sampler, type Taken } from "./sampler.ts";
import type { RunListener } from "./listener.ts";
import { until } from "./until.ts";
import type { OpenedWays } from "./faults/ways.ts";
import type { Seen } from "./windows.ts";

export interface MeasureOptions extends Pick<PartListener, "onPart"> {
  readonly runId: string;
  readonly plan: Plan;
  readonly scenario: Scenario;
  /** The run's database. */
  readonly address: Address;
  /** The server runs on this machine. */
  readonly local: boolean;
  readonly armed: readonly ArmedFault[];
  /** Null: the engine is another one. */
  readonly k6: K6Tools | null;
  readonly journalFolder: string;
  /** As the journal names it; null: the embedded server. */
  readonly server: string | null;
  /** Null: the server's processes are not ours to stop. */
  readonly host: HostControl | null;
  /** Takes up again what the run holds on the server, which was down or stopped. Never rejects. */
  readonly serverBack: () => Promise<void>;
  /** Aborts when the user wants the run to end; what was measured by then counts. */
  readonly interrupted: AbortSignal;
  readonly listener: RunListener;
}

export interface Performed extends Seen, CrewReport, Taken {
  readonly warmup: Timeline;
  /** The full seconds of the measured time. */
  readonly seconds: readonly IntervalSample[];
  /** How each thread that drove sessions fared in the measured time. */
  readonly threads: readonly ThreadHealth[];
  /** Null: a closed loop. */
  readonly offered: OfferedInAll | null;
  /** In the measured time; null: the server is elsewhere, or the system does not tell. */
  readonly host: HostFigure | null;
  /** That the server ended on the connections of single faults. */
  readonly faultTransactions: number;
}

/** What is read at either edge of the measured time. */
interface Edge {
  readonly mark: Mark;
  readonly host: HostReading | null;
}

/** What the stage works with. */
export interface Opened {
  readonly crew: Crew;
  readonly chaosConnection: Connection;
  readonly way: OpenedWays;
}

export class Stage {
  readonly #options: MeasureOptions;
  readonly #crew: Crew;
  readonly #observer: Observer;
  readonly #recording: Recording;
  readonly #sampler: Sampler;
  readonly #stop = new AbortController();
  readonly #chaos: Chaos;
  readonly #faultAccount = new FaultAccount();
  #zeroMs = Number.POSITIVE_INFINITY;

  constructor(options: MeasureOptions, opened: Opened, observer: Observer) {
    this.#options = options;
    this.#crew = opened.crew;
    this.#observer = observer;
    this.#recording = opened.crew.record({
      onInterval: (interval) => options.listener.interval(interval),
      onPart: (part) => options.onPart(part),
    });
    this.#sampler = new Sampler(options.plan, observer, () => opened.crew.memoryBytes());
    const { plan } = options;
    this.#chaos = new Chaos(options.armed, {
      runId: options.runId,
      journalFolder: options.journalFolder,
      server: options.server,
      address: options.address,
      seed: plan.seed,
      lengthMs: plan.warmupMs + (plan.durationMs ?? unplannedMs) + plan.graceMs,
      account: this.#faultAccount,
      base: {
        target: opened.chaosConnection,
        host: options.host,
        network: opened.way.network,
        pooler: opened.way.pooler,
        sessions: {
          prefix: sessionPrefix(options.scenario),
          limitConnections: (max) => opened.crew.limit(max),
          backends: () => observer.sessionPids(),
        },
      },
      clockMs: () => this.#clockMs(),
      // A fault is undone whatever became of the threads that measure; play() meets their failure itself.
      cut: (atMs) => this.#recording.cut(atMs).catch(() => undefined),
      mark: () => this.#mark(),
      serverBack: options.serverBack,
      onChange: (text, inForce) =>
        options.listener.phase(`fault ${inForce ? "in force" : "over"}: ${text}`),
    });
  }

  async play(): Promise<Performed> {
    const { plan, listener } = this.#options;
    try {
      await this.#chaos.injectStanding();
      listener.phase(phaseText(plan));
      this.#zeroMs = performance.now() + plan.warmupMs;
      const sessions = this.#crew.drive(this.#zeroMs, () => this.#stop.abort());
      const beat = this.#beat();
      const ticking = beat.seconds();
      const slotting = beat.slots();
      const beginning = this.#beginMeasuring();
      // They are awaited below; until then a failure must not end the process before faults are undone.
      for (const later of [ticking, slotting, beginning]) later.catch(() => undefined);
      await Promise.race([this.#timeIsUp(), plan.durationMs === null ? sessions : bugIn(sessions)]);
      const lengthMs = Math.max(0, this.#clockMs());
      const { threads, host: hostAtEnd } = await this.#endMeasuring();
      await slotting;
      const lastTickMs = await ticking;
      if (lengthMs - lastTickMs >= lastSampleMsMin) await beat.sample(lengthMs);
      await this.#recording.end(lengthMs);
      const end = await this.#mark();
      const [start] = await Promise.all([beginning, this.#chaos.end(), this.#drain(sessions)]);
      const report = await this.#crew.finish(lengthMs);
      await this.#recording.cut(Math.max(lengthMs, this.#clockMs()));
      // Not cut: a run that is stopped in its warm-up has no length, and yet a warm-up to count.
      await this.#recording.tick("warmup", lengthMs);
      return {
        ...report,
        timeline: this.#recording.measured,
        warmup: this.#recording.warmup,
        seconds: this.#recording.seconds,
        observer: this.#observer,
        zeroMs: this.#zeroMs,
        lengthMs,
        courses: this.#chaos.courses,
        edges: { start: start.mark, end },
        threads,
        host: hostFigure(start.host, hostAtEnd),
        faultTransactions: this.#faultAccount.transactions,
        ...this.#sampler.taken(),
        offered: this.#offeredInAll(lengthMs),
      };
    } finally {
      this.#stop.abort();
      this.#crew.stop();
      await this.#chaos.end();
    }
  }

  /** Once the crew has finished. */
  #offeredInAll(lengthMs: number): OfferedInAll | null {
    const { seconds, measured } = this.#recording;
    const { started } = measured.totals;
    return OfferedLoad.inAll(this.#options.plan, { seconds, started, lengthMs });
  }

  #beat(): Beat {
    return new Beat({
      zeroMs: this.#zeroMs,
      stop: this.#stop.signal,
      recording: this.#recording,
      sampler: this.#sampler,
      textsInForce: () => this.#chaos.textsInForce,
      // Slots are kept around faults that come and go, and nowhere else.
      hasSlots: this.#options.armed.some(({ planned }) => planned.startMs !== null),
      listener: this.#options.listener,
    });
  }

  #clockMs(): number {
    return performance.now() - this.#zeroMs;
  }

  /** Only faults are proven by more than the tables, and looking at hundreds of processes takes time. */
  async #mark(): Promise<Mark> {
    const { armed, address } = this.#options;
    // Nobody answers: whoever asked would hold up the undo.
    if (this.#chaos.isServerStopped) return noMark;
    if (armed.length > 0) return readMark(this.#observer, address.database);
    return { ...noMark, tables: await this.#observer.mark() };
  }

  /** At the start of the measured time; the tables as they are then. */
  async #beginMeasuring(): Promise<Edge> {
    await until(this.#zeroMs, this.#stop.signal);
    const [host] = await Promise.all([this.#hostNow(), this.#crew.beginMeasuring()]);
    this.#chaos.schedule();
    return { host, mark: await this.#mark() };
  }

  /** At its end, before anything else is done that costs time. */
  async #endMeasuring(): Promise<Pick<Performed, "threads"> & Pick<Edge, "host">> {
    this.#stop.abort();
    this.#crew.stop();
    const [host, threads] = await Promise.all([this.#hostNow(), this.#crew.endMeasuring()]);
    return { host, threads };
  }

  /** With a process beside this one that drives the sessions: both are the generator's. */
  async #hostNow(): Promise<HostReading | null> {
    const besideUs = this.#crew.cpuUsBeside();
    const host = await this.#observer.hostNow();
    if (host === null || besideUs === null) return null;
    return { ...host, generatorUs: host.generatorUs + besideUs };
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
      if (!graceOver.signal.aborted) this.#crew.abandon();
    });
    try {
      await sessions;
    } finally {
      graceOver.abort();
      await dropping;
    }
  }
}

/** Of a run that lasts until its transactions are done: nobody knows how long, but a day is too long. */
const unplannedMs = 24 * 60 * 60 * 1000;

/** Never resolves; rejects if a session has a bug. */
async function bugIn(sessions: Promise<void>): Promise<never> {
  await sessions;
  return new Promise(() => undefined);
}

function phaseText(plan: Plan): string {
  const warmup = plan.warmupMs > 0 ? `warming up for ${plan.warmupMs / 1000} s, then ` : "";
  const length =
    plan.durationMs === null
      ? `${plan.transactionsPerSession ?? 0} transactions a session`
      : `measuring for ${plan.durationMs / 1000} s`;
  return warmup + length;
}
