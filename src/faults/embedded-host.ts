/** What the faults of the embedded server's processes have in common. */
import type { Figures } from "../core/evidence.ts";
import type { Fault, FaultPlace, FaultTarget } from "./fault.ts";
import type { HostControl } from "./host.ts";

/** Throws where the server's processes are not ours to stop. */
export function hostOf({ host }: Pick<FaultPlace, "host">): HostControl {
  if (host !== null) return host;
  throw new Error(
    "the processes of this server are not loadgen's to stop or to start: only those of the embedded one are",
  );
}

/** As a fault's `check`. */
export async function hostProblems({ host }: FaultPlace, name: string): Promise<readonly string[]> {
  if (host === null) {
    return [
      `${name} needs the embedded server: the processes of another one are not loadgen's to stop and start`,
    ];
  }
  const { all } = await host.processes();
  return all > 0 ? [] : [`${name} needs Linux's /proc, where it sees the server's processes`];
}

/** What is read for the proof of a fault that ends the server, and starts it again as its undo. */
interface DownFigures {
  readonly startedBeforeMs: number;
  /** Seen while it was down. */
  readonly processes: number;
  readonly state: string;
}

type Down = Required<Pick<Fault, "radius" | "check" | "undo" | "inject">>;

/** Down from its injection on; up again with its undo. */
export function down(name: string, how: "immediate" | "fast"): Down {
  return {
    radius: "host",
    check: (place) => hostProblems(place, name),
    undo: {
      // All that it takes is in the server's own folder.
      prepare: () => Promise.resolve({}),
      async perform(place) {
        await hostOf(place).start();
      },
    },
    async inject({ host, target }) {
      const control = hostOf({ host });
      const startedBeforeMs = await startedMs(target);
      await control.stop(how);
      return {
        async figures() {
          const { all } = await control.processes();
          const state = await control.clusterState();
          return { startedBeforeMs, processes: all, state } satisfies DownFigures;
        },
        afterwards: async () => ({ startedAfterMs: await startedMs(target) }),
        release: () => Promise.resolve(),
      };
    },
  };
}

/** By the server's own account. */
async function startedMs(target: FaultTarget): Promise<number> {
  const [row] = await target.query(
    "select (extract(epoch from pg_catalog.pg_postmaster_start_time()) * 1000)::float8 as ms",
  );
  return Number(row?.ms);
}

/** Whether it was down, ended in that state of the cluster, and then started; and in words. */
export function wasDown(
  figures: Figures,
  state: string,
): { readonly effective: boolean; readonly evidence: string } {
  const { startedBeforeMs, processes, state: found, startedAfterMs } = figures;
  if (processes === undefined || startedAfterMs === undefined) {
    const when = processes === undefined ? "while it was down" : "after its start";
    return { effective: false, evidence: `what became of the server could not be read ${when}` };
  }
  const consequence = found === "in production" ? ", so that it had to recover" : "";
  const laterMs = Math.round(Number(startedAfterMs) - Number(startedBeforeMs));
  return {
    effective: processes === 0 && found === state && laterMs > 0,
    evidence:
      `${processes === 0 ? "no process" : `${processes} processes`} of the server was left, its control file said "${found}"${consequence}, ` +
      `and by its own account it was started ${laterMs > 0 ? "anew" : "no later than before"}`,
  };
}
