/**
 * The faults of a run, on its clock: which comes when, who waits for whom, and that all of them are
 * undone at the end. What each one does is its own: src/run/faults/fault-life.ts.
 */
import { type ArmedFault, courseOf, type FaultCourse, isHost } from "./fault-course.ts";
import { type ChaosOptions, FaultLife } from "./fault-life.ts";
import { ServerShare } from "./server-share.ts";
import { Turns } from "./turns.ts";
import { until } from "../until.ts";

export class Chaos {
  readonly courses: readonly FaultCourse[];
  readonly #clockMs: () => number;
  readonly #lives: readonly FaultLife[];
  readonly #over = new AbortController();
  readonly #scheduled = new Map<FaultLife, Promise<void>>();
  readonly #share = new ServerShare();
  /** What gives the server back, of those faults of the host that have it to themselves. */
  readonly #givingBack = new Map<FaultLife, () => void>();
  readonly #watches: Promise<void>[] = [];

  constructor(armed: readonly ArmedFault[], options: ChaosOptions) {
    const journalTurns = new Turns();
    this.courses = armed.map(courseOf);
    this.#clockMs = options.clockMs;
    this.#lives = this.courses.map(
      (course, index) => new FaultLife(course, index, options, journalTurns),
    );
  }

  /** Injects the faults that have no start: they are in force from before the warm-up. */
  async injectStanding(): Promise<void> {
    // Those of the host last: what stops the server keeps all others waiting.
    for (const life of hostFirst(this.#lives).reverse()) {
      if (life.course.armed.planned.startMs === null) await this.#inject(life);
    }
  }

  /** Lets the other faults come and go on their own, on the run's clock. */
  schedule(): void {
    const last = new Map<string, Promise<void>>();
    for (const life of inOrder(this.#lives)) {
      const who = isHost(life.course) ? "the host" : life.course.armed.fault.name;
      const coming = this.#comeAndGo(life, last.get(who) ?? Promise.resolve());
      last.set(who, coming);
      this.#scheduled.set(life, coming);
    }
  }

  /** Undoes whatever is in force and starts nothing more. Never rejects: a failed undo is in the course. */
  async end(): Promise<void> {
    this.#over.abort();
    // A server that is stopped answers nobody: what stops it is undone first.
    for (const life of hostFirst(this.#lives)) {
      await this.#scheduled.get(life);
      await this.#undo(life);
    }
    await Promise.all(this.#watches);
  }

  /** A fault of the host is in force: nobody answers. */
  get isServerStopped(): boolean {
    return this.#lives.some((life) => life.stopsServer);
  }

  get textsInForce(): readonly string[] {
    return this.#lives
      .filter((life) => life.isInForce)
      .map(({ course }) => course.armed.planned.text);
  }

  /** `before`: the coming and going of the same fault before this one, or of the host. */
  async #comeAndGo(life: FaultLife, before: Promise<void>): Promise<void> {
    const { startMs, lengthMs } = life.course.armed.planned;
    if (!(await this.#waitUntil(startMs ?? 0))) return;
    await before;
    await this.#inject(life);
    const { ended } = life;
    if (lengthMs === null && ended === null) return;
    const endMs = lengthMs === null ? null : (life.course.startMs ?? 0) + lengthMs;
    await this.#waitUntil(endMs, ended);
    await this.#undo(life);
  }

  /**
   * False if the run ended first.
   * @param atMs null: never.
   * @param sooner what ends the waiting as well.
   */
  async #waitUntil(atMs: number | null, sooner: Promise<void> | null = null): Promise<boolean> {
    const enough = new AbortController();
    void sooner?.then(() => enough.abort());
    await until(
      atMs === null ? null : performance.now() + Math.max(0, atMs - this.#clockMs()),
      AbortSignal.any([this.#over.signal, enough.signal]),
    );
    return !this.#over.signal.aborted;
  }

  /** Not if the run ended while it waited for its turn. */
  #inject(life: FaultLife): Promise<void> {
    return this.#inTurn(life, async () => {
      if (this.#over.signal.aborted) return;
      if (isHost(life.course)) this.#givingBack.set(life, await this.#share.take());
      await life.inject();
    });
  }

  #undo(life: FaultLife): Promise<void> {
    return this.#inTurn(life, async () => {
      const watch = await life.undo(this.#over.signal);
      if (watch !== null) this.#watches.push(watch.watching);
      this.#givingBack.get(life)?.();
    });
  }

  /** Faults of the host have the server to themselves: others come and go before and after them. */
  #inTurn(life: FaultLife, work: () => Promise<void>): Promise<void> {
    return isHost(life.course) ? work() : this.#share.use(work);
  }
}

function hostFirst(lives: readonly FaultLife[]): FaultLife[] {
  const isFirst = ({ course }: FaultLife) => Number(isHost(course));
  return [...lives].sort((one, other) => isFirst(other) - isFirst(one));
}

/** Those with a start, by it. */
function inOrder(lives: readonly FaultLife[]): readonly FaultLife[] {
  const startOf = ({ course }: FaultLife) => course.armed.planned.startMs ?? 0;
  return lives
    .filter(({ course }) => course.armed.planned.startMs !== null)
    .sort((one, other) => startOf(one) - startOf(other));
}
