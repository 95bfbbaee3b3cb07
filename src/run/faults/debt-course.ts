/** What a fault left to be repaid: how much, how long the server took, and what it cost. */
import { setTimeout as wait } from "node:timers/promises";
import type { ServerEvidence, TableEvidence } from "../../core/evidence.ts";
import type { Debt, FaultTarget } from "../../faults/fault.ts";
import { between, type Mark } from "../mark.ts";

export interface DebtCourse {
  /** Such as "dead rows". */
  readonly unit: string;
  readonly before: number;
  /** Right after the fault: the most that was seen until the server's figures had caught up. */
  readonly atRelease: number;
  /** When the looking ended. */
  readonly left: number;
  /**
   * From the release until nine tenths of what had come were gone. 0: there was nothing to repay.
   * Null: the run ended first.
   */
  readonly repaidAfterMs: number | null;
  /** From the release to the end of the looking. */
  readonly watchedMs: number;
  /** False: the run ended before the server's figures had caught up, and so nobody knows. */
  readonly isKnown: boolean;
  /** Of the server in that time; null where it could not be read. */
  readonly cost: {
    readonly autovacuums: TableEvidence["autovacuums"] | null;
    readonly walBytes: ServerEvidence["walBytes"] | null;
    readonly checkpointsRequested: ServerEvidence["checkpointsRequested"] | null;
  };
}

interface Watching {
  readonly target: FaultTarget;
  readonly mark: () => Promise<Mark>;
  readonly clockMs: () => number;
  /** Aborts when the run is over. */
  readonly over: AbortSignal;
}

const lookEveryMs = 250;

/** Figures of a server at work go up and down, and never back to what they were to the last row. */
const toleranceShare = 0.1;

/** Resolves once it is repaid, or the run is over; null if the server did not say how much there was. */
export async function repaying(
  debt: Debt,
  before: number,
  { target, mark, clockMs, over }: Watching,
): Promise<DebtCourse | null> {
  const read = () => debt.read(target).catch(() => null);
  const startMs = clockMs();
  const sinceMs = () => Math.round(clockMs() - startMs);
  const [first, start] = await Promise.all([read(), mark()]);
  if (first === null) return null;
  const repayment = new Repayment(before, first);
  for (let settled = debt.lateMs === 0; !over.aborted && !(settled && repayment.isRepaid);) {
    // The only rejection is the end of the run.
    await wait(lookEveryMs, undefined, { signal: over }).catch(() => undefined);
    const atMs = sinceMs();
    settled = atMs >= debt.lateMs;
    repayment.see(await read(), { atMs, isLate: !settled });
  }
  const watchedMs = sinceMs();
  const isKnown = watchedMs >= debt.lateMs;
  const { tables, server } = between(start, await mark());
  return {
    unit: debt.unit,
    before,
    atRelease: repayment.atRelease,
    left: repayment.left,
    repaidAfterMs: isKnown ? repayment.repaidAtMs : null,
    watchedMs,
    isKnown,
    cost: {
      autovacuums: tables?.autovacuums ?? null,
      walBytes: server?.walBytes ?? null,
      checkpointsRequested: server?.checkpointsRequested ?? null,
    },
  };
}

/** What the looks at a debt say, one after the other. */
class Repayment {
  readonly #before: number;
  atRelease: number;
  left: number;
  /** Since when it is repaid; null: it is not. */
  repaidAtMs: number | null;

  constructor(before: number, first: number) {
    this.#before = before;
    this.atRelease = first;
    this.left = first;
    this.repaidAtMs = this.#isEnough() ? 0 : null;
  }

  get isRepaid(): boolean {
    return this.repaidAtMs !== null;
  }

  /** Null: the server did not answer. */
  see(
    amount: number | null,
    { atMs, isLate }: { readonly atMs: number; readonly isLate: boolean },
  ) {
    if (amount === null) return;
    this.left = amount;
    if (isLate) this.atRelease = Math.max(this.atRelease, amount);
    this.repaidAtMs = this.#isEnough() ? (this.repaidAtMs ?? atMs) : null;
  }

  #isEnough(): boolean {
    const came = Math.max(0, this.atRelease - this.#before);
    const tolerance = toleranceShare * Math.max(this.#before, came);
    return this.left <= this.#before + tolerance;
  }
}
