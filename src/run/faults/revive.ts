/**
 * Before anything connects to the embedded server: what the journal on disk says of faults that
 * stopped its processes, or ended it. Those of a run that lives are waited for; those that a run left
 * behind are undone here, by the machine's own means, for a server that is stopped answers nobody.
 * They stay in the journal until `restoreAll` has been there, too.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultTarget } from "../../faults/fault.ts";
import { type HostControl, isOfHost } from "../../faults/host.ts";
import { faults } from "../../faults/index.ts";
import {
  type JournalEntry,
  JournalError,
  localEntries,
  restoreCommand,
} from "../../faults/journal.ts";
import { isLivingOther } from "../../faults/owner.ts";
import { undoPatiently } from "../../faults/patience.ts";

export interface HostJournal {
  readonly journalFolder: string;
  readonly host: HostControl;
}

/** What happens while a living run keeps the server stopped or down. */
export interface WaitingForOwner {
  /** Called once for every process that is waited for. */
  readonly onWaiting: (pid: number, fault: string) => void;
  /** Ends the wait: its reason is thrown. */
  readonly signal: AbortSignal;
}

const pollMs = 100;

/** Resolves with whether a living run was waited for. Throws JournalError where something cannot be undone. */
export async function reviveServer(
  journal: HostJournal,
  waiting: WaitingForOwner,
): Promise<boolean> {
  const told = new Set<number>();
  for (;;) {
    const { living, left } = await hostEntries(journal.journalFolder);
    const [first] = living;
    if (first?.owner == null) {
      for (const entry of left) await undoOnHost(entry, journal.host);
      return told.size > 0;
    }
    const { pid } = first.owner;
    if (!told.has(pid)) waiting.onWaiting(pid, first.fault);
    told.add(pid);
    await sleep(pollMs, undefined, { signal: waiting.signal }).catch((error: unknown) => {
      waiting.signal.throwIfAborted();
      throw error;
    });
  }
}

/**
 * Undoes what one run left behind: for its watchdog, once the run's pipe is closed. That happens a
 * little before its process is gone, which is waited for, however long it takes: nobody else would
 * undo it meanwhile. Throws JournalError.
 */
export async function undoHostFaultsOf(runId: string, journal: HostJournal): Promise<void> {
  // The number of the fault stands behind the run's own id.
  const isOwn = ({ id }: JournalEntry) => id.replace(/-\d+$/, "") === runId;
  for (;;) {
    const { living, left } = await hostEntries(journal.journalFolder);
    if (!living.some(isOwn)) {
      for (const entry of left.filter(isOwn)) await undoOnHost(entry, journal.host);
      return;
    }
    await sleep(pollMs);
  }
}

/** Of the embedded server: only its processes are ever touched. */
async function hostEntries(journalFolder: string): Promise<{
  readonly living: readonly JournalEntry[];
  readonly left: readonly JournalEntry[];
}> {
  const entries = (await localEntries(journalFolder)).filter(
    ({ server, fault }) =>
      server === null && faults.some((one) => one.name === fault && isOfHost(one)),
  );
  const alive = await Promise.all(entries.map(({ owner }) => isLivingOther(owner)));
  return {
    living: entries.filter((_, index) => alive[index] === true),
    left: entries.filter((_, index) => alive[index] !== true),
  };
}

/** Nobody answers yet: whoever asks has a bug. */
const noTarget: FaultTarget = {
  query: () => Promise.reject(new Error("a fault of the host is undone without asking the server")),
};

async function undoOnHost(entry: JournalEntry, host: HostControl): Promise<void> {
  const fault = faults.find((one) => one.name === entry.fault);
  try {
    await undoPatiently(noTarget, async (target) => {
      await fault?.undo?.perform({ target, host }, entry.undo);
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new JournalError(
      `${entry.fault}, left behind by an interrupted run on ${entry.injectedAt}, could not be undone: ${why}\n` +
        `mend this, then run ${restoreCommand(entry.server)}`,
      error,
    );
  }
}
