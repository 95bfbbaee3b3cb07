/** What is read of the server at an edge of a window, so that two edges tell what happened between. */
import type { CoreEvidence, CoresSeen, ServerEvidence, WindowEvidence } from "../core/evidence.ts";
import { coreListsOf, coresSeen } from "../faults/backend-processes.ts";
import { countsBetween } from "../observe/server-counts.ts";
import type { Observer } from "../observe/observer.ts";
import { difference, type TableSnapshot } from "../observe/tables.ts";

/** Null in it: could not be read. */
export interface Mark {
  readonly tables: TableSnapshot | null;
  readonly cores: CoresSeen | null;
  /** Since the server's beginning. */
  readonly server: ServerEvidence | null;
}

/** Of an edge that never came. */
export const noMark: Mark = Object.freeze({ tables: null, cores: null, server: null });

/**
 * By the observer's connections, whose questions have a deadline: a server that does not answer must
 * not hold up the end of a run.
 * @param database the run's.
 */
export async function readMark(observer: Observer, database: string): Promise<Mark> {
  const [tables, pids, server] = await Promise.all([
    observer.mark(),
    observer.sessionPids(),
    observer.serverCounts(),
  ]);
  const cores = pids === null ? null : coresSeen(await coreListsOf(pids, database));
  return { tables, cores, server };
}

/** What two marks say about the window between them. */
export function between(
  start: Mark,
  end: Mark,
): Pick<WindowEvidence, "tables" | "cores" | "server"> {
  const hasTables = start.tables !== null && end.tables !== null;
  return {
    tables: hasTables ? difference(start.tables, end.tables) : null,
    cores: coreEvidence(start.cores, end.cores),
    server: start.server && end.server && countsBetween(start.server, end.server),
  };
}

function coreEvidence(start: CoresSeen | null, end: CoresSeen | null): CoreEvidence | null {
  if (start === null || end === null) return null;
  return {
    backends: Math.min(start.backends, end.backends),
    fewest: Math.min(start.cores, end.cores),
    most: Math.max(start.cores, end.cores),
  };
}
