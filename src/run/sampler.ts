/** Puts together what a second of the run was like, for whoever listens. */
import type { Plan } from "../core/plan.ts";
import type { Phase } from "../core/random.ts";
import type { IntervalSample } from "../metrics/timeline.ts";
import type { Observer } from "../observe/observer.ts";
import type { RunSample } from "./listener.ts";
import { OfferedLoad } from "./offered-load.ts";

/** What the samples leave behind. */
export interface Taken {
  /** Of the process that drives the sessions; null: the system does not tell. */
  readonly rssBytesMax: number | null;
}

export class Sampler {
  readonly #observer: Observer;
  readonly #memoryBytes: () => number | null;
  readonly #offered: OfferedLoad | null;
  #rssBytesMax: number | null = null;
  /** When the tables were read that the last sample told of. */
  #tablesAtMs: number | null = null;

  /** `memoryBytes`: of the process that drives the sessions. */
  constructor(plan: Plan, observer: Observer, memoryBytes: () => number | null) {
    this.#observer = observer;
    this.#memoryBytes = memoryBytes;
    this.#offered = OfferedLoad.of(plan);
  }

  /** `started`: how many of the phase have started by then, if that is known; `atMs` must not fall. */
  sample(
    interval: IntervalSample,
    { atMs, phase, started }: { atMs: number; phase: Phase; started: number | null },
    faults: readonly string[],
  ): RunSample {
    this.#readMemory();
    const load = this.#offered?.by(atMs, phase, started);
    const seen = this.#observer.latest;
    return {
      ...countsOf(interval),
      phase,
      atMs: Math.round(atMs),
      offered: load?.offered ?? interval.offered,
      waiting: load?.waiting ?? null,
      busySessions: seen?.busy ?? null,
      activeSessions: seen?.active ?? null,
      waits: seen?.waits ?? [],
      lockEdges: seen?.edges ?? [],
      oldestTransactionMs: seen?.oldestTransactionMs ?? null,
      tables: this.#newTables(),
      faults,
    };
  }

  taken(): Taken {
    this.#readMemory();
    return { rssBytesMax: this.#rssBytesMax };
  }

  #readMemory(): void {
    const bytes = this.#memoryBytes();
    if (bytes !== null) this.#rssBytesMax = Math.max(this.#rssBytesMax ?? 0, bytes);
  }

  /** What the observer read of the tables since the last sample; null where it read nothing. */
  #newTables(): RunSample["tables"] {
    const read = this.#observer.latestTables;
    if (read === null || read.atMs === this.#tablesAtMs) return null;
    this.#tablesAtMs = read.atMs;
    return read.byRoot;
  }
}

function countsOf(interval: IntervalSample) {
  const { achieved, committed, aborted, unknown, errors, retries, latencyUs } = interval;
  return { achieved, committed, aborted, unknown, errors, retries, latencyUs };
}
