/**
 * One fault of a run, from its injection to its end: it is journalled, injected, proven by what is
 * seen meanwhile, and undone, in this order, whatever happens in between.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Figures } from "../../core/evidence.ts";
import { namedStream } from "../../core/random.ts";
import type { FaultContext, FaultTarget, InForce, UndoRecord } from "../../faults/fault.ts";
import {
  type JournalEntry,
  removeEntry,
  restoreCommand,
  writeEntry,
} from "../../faults/journal.ts";
import { thisProcess } from "../../faults/owner.ts";
import { undoPatiently } from "../../faults/patience.ts";
import type { Address } from "../../server/address.ts";
import { repaying } from "./debt-course.ts";
import { type FaultCourse, isHost } from "./fault-course.ts";
import { type FaultAccount, FaultScope } from "./fault-scope.ts";
import { type Mark, noMark } from "../mark.ts";
import type { Turns } from "./turns.ts";

/** What the faults of a run have in common. */
export interface ChaosOptions {
  readonly runId: string;
  readonly journalFolder: string;
  /** As in the journal: null is the embedded server. */
  readonly server: string | null;
  /** The run's database, without anything in between. */
  readonly address: Address;
  readonly seed: number;
  /** What faults work with, but for what is each one's own. */
  readonly base: Omit<FaultContext, "connect" | "background" | "random">;
  readonly account: FaultAccount;
  /** How long the run may take at most, from the first fault on. */
  readonly lengthMs: number;
  readonly clockMs: () => number;
  /** Ends a segment of the recording, so that windows are told apart exactly. */
  readonly cut: (atMs: number) => Promise<void>;
  readonly mark: () => Promise<Mark>;
  readonly onChange: (text: string, inForce: boolean) => void;
  /**
   * Called when a fault of the host is over, while the journal still has it and keeps others away:
   * takes up again what the run held on the server. Never rejects.
   */
  readonly serverBack: () => Promise<void>;
}

/** What is in force, and what it takes to end it. */
interface Held {
  /** Null: its injection failed half-way. */
  inForce: InForce | null;
  record: UndoRecord | null;
  entry: JournalEntry | null;
  /** Null: it leaves none, or it could not be read. */
  readonly debtBefore: number | null;
}

export class FaultLife {
  readonly course: FaultCourse;
  readonly #id: string;
  readonly #options: ChaosOptions;
  readonly #scope: FaultScope;
  /** The journal is one table: who writes it and who strikes out in it take turns. */
  readonly #journalTurns: Turns;
  #held: Held | null = null;
  #stopsServer = false;

  /** @param index among the run's faults: what is drawn for it, and its name in the journal, go by it. */
  constructor(course: FaultCourse, index: number, options: ChaosOptions, journalTurns: Turns) {
    const { base, address, account, lengthMs, seed, runId } = options;
    this.course = course;
    this.#id = `${runId}-${index}`;
    this.#options = options;
    const random = namedStream(seed, "fault", index);
    this.#scope = new FaultScope({ base: { ...base, random }, address, account, lengthMs });
    this.#journalTurns = journalTurns;
  }

  get isInForce(): boolean {
    return this.#held !== null;
  }

  /** Resolves when a side task has nothing more to do; null: it lasts until it is undone. */
  get ended(): Promise<void> | null {
    if (!this.course.armed.planned.endsByItself) return null;
    // What could not be injected does nothing.
    return this.#held?.inForce?.ended ?? Promise.resolve();
  }

  /** It is a fault of the host, and nobody answers by now. */
  get stopsServer(): boolean {
    return this.#stopsServer;
  }

  /** Why it could not be injected is in the course. */
  async inject(): Promise<void> {
    const { clockMs, cut, mark, onChange, base } = this.#options;
    const { course } = this;
    const { planned } = course.armed;
    course.marks.before = await mark();
    const debtBefore = await amountOfDebt(course, base.target);
    if (planned.startMs === null) {
      // There from before the warm-up: its window is the whole measured time.
      course.startMs = 0;
    } else {
      course.startMs = clockMs();
      await cut(course.startMs);
    }
    const held: Held = { inForce: null, record: null, entry: null, debtBefore };
    this.#held = held;
    this.#stopsServer = isHost(course);
    try {
      await this.#injectHeld(held);
    } catch (error) {
      course.injectProblem = messageOf(error);
    }
    course.marks.inForce = await this.#markInForce();
    onChange(planned.text, true);
  }

  async #injectHeld(held: Held): Promise<void> {
    const { fault, parameters } = this.course.armed;
    const { context } = this.#scope;
    if (fault.undo !== undefined) {
      const record = await fault.undo.prepare(context, parameters);
      held.entry = await this.#journal(record);
      // Not before: what could not be journalled is not injected, and not undone.
      held.record = record;
    }
    held.inForce = await fault.inject(context, parameters, held.record);
  }

  /**
   * Nothing happens if it is not in force. Why it could not be undone is in the course.
   * @param over aborts when the run is over, and with it the watch on what the fault left behind.
   * @returns that watch, which goes on after the undo: null where there is nothing to watch.
   */
  async undo(over: AbortSignal): Promise<{ readonly watching: Promise<void> } | null> {
    const { clockMs, cut, onChange, server } = this.#options;
    const { course } = this;
    const held = this.#held;
    if (held === null) return null;
    this.#held = null;
    course.marks.leaving = await this.#markInForce();
    course.figures = await inTime(held.inForce?.figures());
    course.releasedMs = clockMs();
    await cut(course.releasedMs);
    try {
      await this.#release(held);
    } catch (error) {
      course.undoProblem = `${sentence(messageOf(error))} To try again: ${restoreCommand(server)}`;
    }
    course.trouble = this.#scope.trouble;
    course.figures = { ...course.figures, ...(await inTime(held.inForce?.afterwards?.())) };
    this.#stopsServer = false;
    course.endMs = clockMs();
    await cut(course.endMs);
    course.marks.after = await this.#markAfter();
    onChange(course.armed.planned.text, false);
    return this.#watchDebt(held, over);
  }

  async #release({ inForce, record, entry }: Held): Promise<void> {
    const { base, journalFolder, serverBack } = this.#options;
    const { fault } = this.course.armed;
    // First what the machine does: a server that is stopped ends no connection.
    const isFirst = isHost(this.course);
    if (!isFirst) await this.#scope.end();
    await undoPatiently(base.target, async (target) => {
      await inForce?.release();
      if (record !== null) await fault.undo?.perform({ ...base, target }, record);
      if (isFirst) await serverBack();
      if (entry === null) return;
      await this.#journalTurns.take(() => removeEntry(journalFolder, target, entry.id));
    });
    if (isFirst) await this.#scope.end();
  }

  /** In the middle of a fault that stops the server nobody is asked: the answer would hold up its undo. */
  #markInForce(): Promise<Mark> {
    return isHost(this.course) ? Promise.resolve(noMark) : this.#options.mark();
  }

  /** Observers find a server that was gone only when they look for it again, which they do each second. */
  async #markAfter(): Promise<Mark> {
    const endMs = performance.now() + (isHost(this.course) ? observersBackMsMax : 0);
    for (;;) {
      const mark = await this.#options.mark();
      if (mark.server !== null || performance.now() >= endMs) return mark;
      await wait(observersPollMs);
    }
  }

  #watchDebt({ debtBefore }: Held, over: AbortSignal): { readonly watching: Promise<void> } | null {
    const { debt } = this.course.armed.fault;
    if (debt === undefined || debtBefore === null) return null;
    const { base, clockMs, mark } = this.#options;
    const seeing = repaying(debt, debtBefore, { target: base.target, mark, clockMs, over });
    return { watching: seeing.then((seen) => void (this.course.debt = seen)) };
  }

  async #journal(undo: UndoRecord): Promise<JournalEntry> {
    const { journalFolder, server, address, base } = this.#options;
    const entry: JournalEntry = {
      id: this.#id,
      fault: this.course.armed.fault.name,
      database: address.database,
      server,
      injectedAt: new Date().toISOString(),
      owner: await thisProcess(),
      undo,
    };
    await this.#journalTurns.take(() => writeEntry(journalFolder, base.target, entry));
    return entry;
  }
}

const observersBackMsMax = 2_000;
const observersPollMs = 100;

/** Longer than any answer takes; short for whoever waits for the undo. */
const figuresMsMax = 5_000;

/** A proof that lacks its figures says no: that they could not be had holds up nothing. */
async function inTime(asked: Promise<Figures> = Promise.resolve({})): Promise<Figures> {
  const late = new AbortController();
  const timeIsUp = wait(figuresMsMax, {}, { signal: late.signal });
  try {
    return await Promise.race([asked, timeIsUp]).catch(() => ({}));
  } finally {
    late.abort();
    for (const one of [asked, timeIsUp]) one.catch(() => undefined);
  }
}

/** Null: the fault leaves none, or the server did not say. */
async function amountOfDebt({ armed }: FaultCourse, target: FaultTarget): Promise<number | null> {
  const { debt } = armed.fault;
  return debt === undefined ? null : debt.read(target).catch(() => null);
}

function sentence(text: string): string {
  return /[.;]$/.test(text) ? text : `${text}.`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
