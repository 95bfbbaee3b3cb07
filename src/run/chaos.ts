/**
 * The faults of a run, on its clock: each is journalled, injected, and undone, in this order,
 * whatever happens in between. What was seen meanwhile proves its effect afterwards.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Figures } from "../core/evidence.ts";
import type { PlannedFault } from "../core/plan.ts";
import { namedStream } from "../core/random.ts";
import type {
  Fault,
  FaultContext,
  FaultParameters,
  FaultTarget,
  InForce,
  UndoRecord,
} from "../faults/fault.ts";
import { type JournalEntry, removeEntry, restoreCommand, writeEntry } from "../faults/journal.ts";
import { isOfHost } from "../faults/host.ts";
import { thisProcess } from "../faults/owner.ts";
import { undoPatiently } from "../faults/patience.ts";
import type { Address } from "../server/address.ts";
import { type DebtCourse, repaying } from "./debt-course.ts";
import { type FaultAccount, FaultScope } from "./fault-scope.ts";
import { type Mark, noMark } from "./mark.ts";

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
  /** What the fault saw on the server; empty if it could not be asked. */
  figures: Figures;
  /** Why what it did in the background stopped before its end; null: it did not. */
  trouble: string | null;
  /** Null: it leaves none, or it never came. */
  debt: DebtCourse | null;
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

export class Chaos {
  readonly courses: readonly FaultCourse[];
  readonly #options: ChaosOptions;
  readonly #over = new AbortController();
  readonly #scheduled = new Map<FaultCourse, Promise<void>>();
  /** Resolves when no fault of the host is in force: before, nobody answers. */
  #serverUp: Promise<void> = Promise.resolve();
  #serverIsUp: () => void = () => undefined;
  #isServerStopped = false;
  /** Injections and undos that need the server's answers. */
  readonly #atWork = new Set<Promise<void>>();
  /** The journal is one table: who writes it and who strikes out in it take turns. */
  #journalTurn: Promise<unknown> = Promise.resolve();
  readonly #inForce = new Map<FaultCourse, Held>();
  readonly #repayments: Promise<void>[] = [];

  constructor(armed: readonly ArmedFault[], options: ChaosOptions) {
    this.#options = options;
    this.courses = armed.map((one) => ({
      armed: one,
      startMs: null,
      releasedMs: null,
      endMs: null,
      marks: {},
      figures: {},
      trouble: null,
      debt: null,
      injectProblem: null,
      undoProblem: null,
    }));
  }

  /** Injects the faults that have no start: they are in force from before the warm-up. */
  async injectStanding(): Promise<void> {
    // Those of the host last: what stops the server keeps all others waiting.
    for (const course of hostFirst(this.courses).reverse()) {
      if (course.armed.planned.startMs !== null) continue;
      await this.#whileUp(course, () => this.#inject(course));
    }
  }

  /** Lets the other faults come and go on their own, on the run's clock. */
  schedule(): void {
    const last = new Map<string, Promise<void>>();
    for (const course of inOrder(this.courses)) {
      const who = isHost(course) ? "the host" : course.armed.fault.name;
      const coming = this.#comeAndGo(course, last.get(who) ?? Promise.resolve());
      last.set(who, coming);
      this.#scheduled.set(course, coming);
    }
  }

  /** Undoes whatever is in force and starts nothing more. Never rejects: a failed undo is in the course. */
  async end(): Promise<void> {
    this.#over.abort();
    // A server that is stopped answers nobody: what stops it is undone first.
    for (const course of hostFirst(this.courses)) {
      await this.#scheduled.get(course);
      await this.#undo(course);
    }
    await Promise.all(this.#repayments);
  }

  /** A fault of the host is in force: nobody answers. */
  get isServerStopped(): boolean {
    return this.#isServerStopped;
  }

  get textsInForce(): readonly string[] {
    return [...this.#inForce.keys()].map((course) => course.armed.planned.text);
  }

  /** `before`: the course before this one of the same fault, or of the host, whose undo must be done first. */
  async #comeAndGo(course: FaultCourse, before: Promise<void>): Promise<void> {
    const { startMs, lengthMs } = course.armed.planned;
    if (!(await this.#waitUntil(startMs ?? 0))) return;
    await before;
    await this.#whileUp(course, async () => {
      if (!this.#over.signal.aborted) await this.#inject(course);
    });
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
    const { clockMs, cut, mark, onChange } = this.#options;
    const { fault, parameters, planned } = course.armed;
    if (isHost(course)) await this.#keepOthersWaiting();
    course.marks.before = await mark();
    const before = await amountOfDebt(course, this.#options.base.target);
    if (planned.startMs === null) {
      // There from before the warm-up: its window is the whole measured time.
      course.startMs = 0;
    } else {
      course.startMs = clockMs();
      await cut(course.startMs);
    }
    const scope = this.#scopeOf(course);
    const held: Held = { scope, inForce: null, record: null, entry: null, debtBefore: before };
    this.#inForce.set(course, held);
    this.#isServerStopped ||= isHost(course);
    try {
      const { context } = scope;
      if (fault.undo !== undefined) {
        const record = await fault.undo.prepare(context, parameters);
        held.entry = await this.#journal(course, record);
        // Not before: what could not be journalled is not injected, and not undone.
        held.record = record;
      }
      held.inForce = await fault.inject(context, parameters, held.record);
    } catch (error) {
      course.injectProblem = messageOf(error);
    }
    course.marks.inForce = await this.#markIn(course);
    onChange(planned.text, true);
  }

  /** Faults of the host have the server to themselves: others come and go before and after them. */
  async #whileUp(course: FaultCourse, work: () => Promise<void>): Promise<void> {
    if (isHost(course)) return work();
    await this.#serverUp;
    const working = work();
    this.#atWork.add(working);
    return working.finally(() => this.#atWork.delete(working));
  }

  async #keepOthersWaiting(): Promise<void> {
    this.#serverUp = new Promise((resolve) => (this.#serverIsUp = resolve));
    await Promise.allSettled(this.#atWork);
  }

  #scopeOf(course: FaultCourse): FaultScope {
    const { base, address, account, lengthMs, seed } = this.#options;
    const random = namedStream(seed, "fault", this.courses.indexOf(course));
    return new FaultScope({ base: { ...base, random }, address, account, lengthMs });
  }

  /** In the middle of a fault that stops the server nobody is asked: the answer would hold up its undo. */
  #markIn(course: FaultCourse): Promise<Mark> {
    return isHost(course) ? Promise.resolve(noMark) : this.#options.mark();
  }

  /** Observers find a server that was gone only when they look for it again, which they do each second. */
  async #markAfter(course: FaultCourse): Promise<Mark> {
    const endMs = performance.now() + (isHost(course) ? observersBackMsMax : 0);
    for (;;) {
      const mark = await this.#options.mark();
      if (mark.server !== null || performance.now() >= endMs) return mark;
      await wait(observersPollMs);
    }
  }

  #undo(course: FaultCourse): Promise<void> {
    return this.#whileUp(course, () => this.#undoNow(course));
  }

  async #undoNow(course: FaultCourse): Promise<void> {
    const { clockMs, cut, onChange, server } = this.#options;
    const held = this.#inForce.get(course);
    if (held === undefined) return;
    this.#inForce.delete(course);
    course.marks.leaving = await this.#markIn(course);
    course.figures = await inTime(held.inForce?.figures());
    course.releasedMs = clockMs();
    await cut(course.releasedMs);
    try {
      await this.#release(course, held);
    } catch (error) {
      course.undoProblem = `${sentence(messageOf(error))} To try again: ${restoreCommand(server)}`;
    }
    course.trouble = held.scope.trouble;
    course.figures = { ...course.figures, ...(await inTime(held.inForce?.afterwards?.())) };
    if (isHost(course)) this.#isServerStopped = false;
    course.endMs = clockMs();
    await cut(course.endMs);
    course.marks.after = await this.#markAfter(course);
    onChange(course.armed.planned.text, false);
    if (isHost(course)) this.#serverIsUp();
    this.#watchDebt(course, held);
  }

  async #release({ armed }: FaultCourse, held: Held): Promise<void> {
    const { base, journalFolder, serverBack } = this.#options;
    const { fault } = armed;
    // First what the machine does: a server that is stopped ends no connection.
    const isFirst = isOfHost(fault);
    if (!isFirst) await held.scope.end();
    await undoPatiently(base.target, async (target) => {
      await held.inForce?.release();
      if (held.record !== null) await fault.undo?.perform({ ...base, target }, held.record);
      if (isFirst) await serverBack();
      const id = held.entry?.id;
      if (id !== undefined) await this.#inTurn(() => removeEntry(journalFolder, target, id));
    });
    if (isFirst) await held.scope.end();
  }

  /** Looks until it is repaid, or the run is over. */
  #watchDebt(course: FaultCourse, { debtBefore }: Held): void {
    const { debt } = course.armed.fault;
    if (debt === undefined || debtBefore === null) return;
    const { base, clockMs, mark } = this.#options;
    const watching = repaying(debt, debtBefore, {
      target: base.target,
      mark,
      clockMs,
      over: this.#over.signal,
    });
    this.#repayments.push(watching.then((seen) => void (course.debt = seen)));
  }

  async #journal(course: FaultCourse, undo: UndoRecord): Promise<JournalEntry> {
    const { runId, journalFolder, server, address, base } = this.#options;
    const entry: JournalEntry = {
      id: `${runId}-${this.courses.indexOf(course)}`,
      fault: course.armed.fault.name,
      database: address.database,
      server,
      injectedAt: new Date().toISOString(),
      owner: await thisProcess(),
      undo,
    };
    await this.#inTurn(() => writeEntry(journalFolder, base.target, entry));
    return entry;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    // Whoever comes after a failure has its own turn all the same; the failure went to its owner.
    const turn = this.#journalTurn.catch(() => undefined).then(work);
    this.#journalTurn = turn;
    return turn;
  }
}

/** What is in force, and what it takes to end it. */
interface Held {
  readonly scope: FaultScope;
  /** Null: its injection failed half-way. */
  inForce: InForce | null;
  record: UndoRecord | null;
  entry: JournalEntry | null;
  /** Null: it leaves none, or it could not be read. */
  readonly debtBefore: number | null;
}

function isHost({ armed }: FaultCourse): boolean {
  return isOfHost(armed.fault);
}

function hostFirst(courses: readonly FaultCourse[]): FaultCourse[] {
  return [...courses].sort((one, other) => Number(isHost(other)) - Number(isHost(one)));
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
