/**
 * The faults of a run, on its clock: each is journalled, injected, and undone, in this order,
 * whatever happens in between. What was seen meanwhile proves its effect afterwards.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { PlannedFault } from "../core/plan.ts";
import type { Fault, FaultContext, FaultParameters, UndoRecord } from "../faults/fault.ts";
import { type JournalEntry, removeEntry, restoreCommand, writeEntry } from "../faults/journal.ts";
import { undoPatiently } from "../faults/patience.ts";
import type { Mark } from "./mark.ts";

/** A planned fault with its implementation. */
export interface ArmedFault {
  readonly planned: PlannedFault;
  readonly fault: Fault;
  readonly parameters: FaultParameters;
}

/** What became of one fault. Times are milliseconds since the measured time began. */
export interface FaultCourse {
  readonly armed: ArmedFault;
  startMs: number | null;
  /** When its undo began: from then on a run may recover. */
  releasedMs: number | null;
  /** When its undo was done. */
  endMs: number | null;
  /** Right before the injection, after it, before the undo and after it. */
  readonly marks: { before?: Mark; inForce?: Mark; leaving?: Mark; after?: Mark };
  /** Why it could not be injected. */
  injectProblem: string | null;
  /** What is left, how to undo it by hand, and how to try it again. */
  undoProblem: string | null;
}

export interface ChaosOptions {
  readonly runId: string;
  readonly journalFolder: string;
  /** As in the journal: null is the embedded server. */
  readonly server: string | null;
  readonly database: string;
  readonly context: FaultContext;
  readonly clockMs: () => number;
  /** Ends a segment of the recording, so that windows are told apart exactly. */
  readonly cut: (atMs: number) => Promise<void>;
  readonly mark: () => Promise<Mark>;
  readonly onChange: (text: string, inForce: boolean) => void;
}

export class Chaos {
  readonly courses: readonly FaultCourse[];
  readonly #options: ChaosOptions;
  readonly #over = new AbortController();
  readonly #scheduled: Promise<void>[] = [];
  /** The journal is one table: who writes it and who strikes out in it take turns. */
  #journalTurn: Promise<unknown> = Promise.resolve();
  readonly #inForce = new Map<
    FaultCourse,
    { undo: UndoRecord | null; entry: JournalEntry | null }
  >();

  constructor(armed: readonly ArmedFault[], options: ChaosOptions) {
    this.#options = options;
    this.courses = armed.map((one) => ({
      armed: one,
      startMs: null,
      releasedMs: null,
      endMs: null,
      marks: {},
      injectProblem: null,
      undoProblem: null,
    }));
  }

  /** Injects the faults that have no start: they are in force from before the warm-up. */
  async injectStanding(): Promise<void> {
    for (const course of this.courses) {
      if (course.armed.planned.startMs === null) await this.#inject(course);
    }
  }

  /** Lets the other faults come and go on their own, on the run's clock. */
  schedule(): void {
    const last = new Map<string, Promise<void>>();
    for (const course of inOrder(this.courses)) {
      const { name } = course.armed.fault;
      const coming = this.#comeAndGo(course, last.get(name) ?? Promise.resolve());
      last.set(name, coming);
      this.#scheduled.push(coming);
    }
  }

  /** Undoes whatever is in force and starts nothing more. Never rejects: a failed undo is in the course. */
  async end(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#scheduled);
    for (const course of this.courses) await this.#undo(course);
  }

  get textsInForce(): readonly string[] {
    return [...this.#inForce.keys()].map((course) => course.armed.planned.text);
  }

  /** `before`: the same fault's course before this one, whose undo must be done first. */
  async #comeAndGo(course: FaultCourse, before: Promise<void>): Promise<void> {
    const { startMs, lengthMs } = course.armed.planned;
    if (!(await this.#waitUntil(startMs ?? 0))) return;
    await before;
    if (this.#over.signal.aborted) return;
    await this.#inject(course);
    if (lengthMs === null) return;
    await this.#waitUntil((course.startMs ?? 0) + lengthMs);
    await this.#undo(course);
  }

  /** False if the run ended first. */
  async #waitUntil(atMs: number): Promise<boolean> {
    const ms = Math.max(0, atMs - this.#options.clockMs());
    // The only rejection is the end of the run.
    await wait(ms, undefined, { signal: this.#over.signal }).catch(() => undefined);
    return !this.#over.signal.aborted;
  }

  async #inject(course: FaultCourse): Promise<void> {
    const { context, clockMs, cut, mark, onChange } = this.#options;
    const { fault, parameters, planned } = course.armed;
    course.marks.before = await mark();
    if (planned.startMs === null) {
      // There from before the warm-up: its window is the whole measured time.
      course.startMs = 0;
    } else {
      course.startMs = clockMs();
      await cut(course.startMs);
    }
    try {
      const undo = await fault.prepareUndo(context, parameters);
      const entry = undo === null ? null : await this.#journal(course, undo);
      this.#inForce.set(course, { undo, entry });
      await fault.inject(context, parameters, undo);
    } catch (error) {
      course.injectProblem = messageOf(error);
    }
    course.marks.inForce = await mark();
    onChange(planned.text, true);
  }

  async #undo(course: FaultCourse): Promise<void> {
    const { context, clockMs, cut, mark, onChange, journalFolder, server } = this.#options;
    const held = this.#inForce.get(course);
    if (held === undefined) return;
    this.#inForce.delete(course);
    course.marks.leaving = await mark();
    course.releasedMs = clockMs();
    await cut(course.releasedMs);
    try {
      await undoPatiently(context, async (limited) => {
        await course.armed.fault.undo(limited, held.undo);
        const id = held.entry?.id;
        if (id === undefined) return;
        await this.#inTurn(() => removeEntry(journalFolder, limited.target, id));
      });
    } catch (error) {
      course.undoProblem = `${sentence(messageOf(error))} To try again: ${restoreCommand(server)}`;
    }
    course.endMs = clockMs();
    await cut(course.endMs);
    course.marks.after = await mark();
    onChange(course.armed.planned.text, false);
  }

  async #journal(course: FaultCourse, undo: UndoRecord): Promise<JournalEntry> {
    const { runId, journalFolder, server, database, context } = this.#options;
    const entry: JournalEntry = {
      id: `${runId}-${this.courses.indexOf(course)}`,
      fault: course.armed.fault.name,
      database,
      server,
      injectedAt: new Date().toISOString(),
      undo,
    };
    await this.#inTurn(() => writeEntry(journalFolder, context.target, entry));
    return entry;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    // Whoever comes after a failure has its own turn all the same; the failure went to its owner.
    const turn = this.#journalTurn.catch(() => undefined).then(work);
    this.#journalTurn = turn;
    return turn;
  }
}

/** Those with a start, by it. */
function inOrder(courses: readonly FaultCourse[]): readonly FaultCourse[] {
  const startOf = ({ armed }: FaultCourse) => armed.planned.startMs ?? 0;
  return courses
    .filter(({ armed }) => armed.planned.startMs !== null)
    .sort((one, other) => startOf(one) - startOf(other));
}

function sentence(text: string): string {
  return /[.;]$/.test(text) ? text : `${text}.`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
