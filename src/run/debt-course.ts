/** What a fault left to be repaid: how much, how long the server took, and what it cost. */
import { setTimeout as wait } from "node:timers/promises";
import type { ServerEvidence, TableEvidence } from "../core/evidence.ts";
import type { Debt, FaultTarget } from "../faults/fault.ts";
import { between, type Mark } from "./mark.ts";

export interface DebtCourse {
  /** Such as "dead rows". */
  readonly unit: string;
  /** Before the fault, at its release, and when the looking ended. */
  readonly before: number;
  readonly atRelease: number;
  readonly left: number;
  /** From the release until no more was left than before; null: the run ended first. */
  readonly repaidAfterMs: number | null;
  /** From the release to the end of the looking. */
  readonly watchedMs: number;
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

/** Figures of a server at work go up and down: so much more than before is none. */
const toleranceShare = 0.1;

/** Resolves once it is repaid, or the run is over; null if the server did not say how much there was. */
export async function repaying(
  debt: Debt,
  before: number,
  { target, mark, clockMs, over }: Watching,
): Promise<DebtCourse | null> {
  const read = () => debt.read(target).catch(() => null);
  const startMs = clockMs();
  const [atRelease, start] = await Promise.all([read(), mark()]);
  if (atRelease === null) return null;
  const isRepaid = (amount: number) => amount <= before * (1 + toleranceShare);
  let left = atRelease;
  while (!isRepaid(left) && !over.aborted) {
    // The only rejection is the end of the run.
    await wait(lookEveryMs, undefined, { signal: over }).catch(() => undefined);
    left = (await read()) ?? left;
  }
  const watchedMs = Math.round(clockMs() - startMs);
  const { tables, server } = between(start, await mark());
  return {
    unit: debt.unit,
    before,
    atRelease,
    left,
    repaidAfterMs: isRepaid(left) ? watchedMs : null,
    watchedMs,
    cost: {
      autovacuums: tables?.autovacuums ?? null,
      walBytes: server?.walBytes ?? null,
      checkpointsRequested: server?.checkpointsRequested ?? null,
    },
  };
}
