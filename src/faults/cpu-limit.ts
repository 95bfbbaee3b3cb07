/**
 * cpu-limit: the sessions' backends share `cores` of the machine's cores.
 *
 * What it does: pins the backends of the run's sessions, as they are at that time, to the first
 * `cores` of those that they may use, by taskset (sched_setaffinity(2)). All other processes may
 * still use all cores: the load generator, the server's own, observers and faults.
 * Why it works: a backend is one process with one thread, and what it computes for its session it
 * computes there. Where the CPU limits a load, half the cores make half the throughput; where it does
 * not, nothing happens. It is the reverse of giving it more. Not pinned are parallel workers, which
 * the postmaster starts, and backends that connect later: those the proof sees.
 * What proves it: by /proc/<pid>/status, at both edges of the fault, the cores that the sessions'
 * backends may use are together no more than `cores`; before and after it they are more. That the
 * limit was felt it does not prove: that is for the throughput to show.
 * What it leaves behind: nothing. The backends end with the run's connections, however it ends, a
 * kill -9 included, and nobody else inherits from them: so there is nothing to journal. The undo
 * gives back to each what it had before, which is kept in memory.
 * Privileges: the server's processes are on this machine (Linux; not in a container of their own)
 * and belong to the user that loadgen runs as, or that is root; taskset, of util-linux, in PATH.
 * Blast radius: session. Managed servers: no.
 */
import type { CoreEvidence, WindowEvidence } from "../core/evidence.ts";
import { counted } from "../core/counted.ts";
import { coresInList } from "../core/cpu-list.ts";
import {
  allowCores,
  coreListOf,
  type CoreLists,
  coreListsOf,
  coresOfAll,
  hasTaskset,
  taskset,
} from "./backend-processes.ts";
import type { Fault, FaultTarget, SessionControl } from "./fault.ts";

interface Pinned {
  readonly database: string;
  /** What each backend might use before. */
  readonly before: CoreLists;
}

/** By run. */
const pinned = new WeakMap<SessionControl, Pinned>();

export const cpuLimit: Fault = {
  name: "cpu-limit",
  summary: "the sessions' backends share CORES of the cores of this machine",
  radius: "session",
  dropsConnections: false,
  parameters: {
    cores: { unit: "cores", min: 1, max: 4096, default: null, help: "how many they may use" },
  },

  async check(target) {
    const { pid, database } = await ownBackend(target);
    const list = await coreListOf(pid, database);
    if (list === null) {
      return [
        `cpu-limit needs the server's processes on this machine: process ${pid}, which answers for the server, is no backend of the database ${database} here, ` +
          "so the server runs elsewhere, in a container of its own, or not under Linux",
      ];
    }
    if (!(await hasTaskset())) {
      return ["cpu-limit needs taskset in PATH: install the package util-linux"];
    }
    if (coresInList(list).length < 2) {
      return [`cpu-limit needs two cores to take one away: the server may use core ${list} alone`];
    }
    // As it is: whether it may be set at all shows without changing anything.
    const refusal = await taskset([pid], list);
    if (refusal === "") return [];
    return [
      `cpu-limit may not choose the cores of the server's processes (${refusal}): run loadgen as the user that they belong to, or as root`,
    ];
  },

  prepareUndo: () => Promise.resolve(null),

  async inject({ target, sessions }, { cores = 0 }) {
    const { database } = await ownBackend(target);
    const pids = await sessions.backends();
    if (pids === null) throw new Error("the server did not say which backends are the sessions'");
    const before = await coreListsOf(pids, database);
    const all = coresOfAll(before);
    if (before.size === 0) {
      throw new Error(`none of the sessions' ${pids.length} backends is a process of this machine`);
    }
    if (all.length <= cores) {
      throw new Error(`cores=${cores} limits nothing: the backends may use ${all.length}`);
    }
    pinned.set(sessions, { database, before });
    await allowCores([...before.keys()], all.slice(0, cores).join(","), database);
  },

  prove({ baseline, fault, recovery }, { cores = 0 }) {
    const { cores: seen } = fault;
    if (seen === null) {
      return { effective: false, evidence: "the backends' cores could not be read at both edges" };
    }
    const around = [coresAround("baseline", baseline), coresAround("recovery", recovery)];
    return {
      effective: seen.most <= cores && around.every(({ fewest }) => fewest > cores),
      evidence: [
        `in the fault the sessions' ${counted(seen.backends, "backend")} could use ${spanText(seen)} together (limit ${cores})`,
        ...around.flatMap(({ text }) => text),
      ].join(", "),
    };
  },

  async undo({ sessions }) {
    const held = pinned.get(sessions);
    if (held === undefined) return;
    for (const list of new Set(held.before.values())) {
      const pids = [...held.before].filter(([, one]) => one === list).map(([pid]) => pid);
      await allowCores(pids, list, held.database);
    }
    pinned.delete(sessions);
  },
};

async function ownBackend(target: FaultTarget): Promise<{ pid: number; database: string }> {
  const [row] = await target.query(
    "select pg_backend_pid() as pid, current_database()::text as database",
  );
  return { pid: Number(row?.pid), database: String(row?.database) };
}

/** A window that there was not says nothing; one in which nobody could look, no. */
function coresAround(
  name: string,
  window: WindowEvidence | null,
): { readonly fewest: number; readonly text: readonly string[] } {
  if (window === null) return { fewest: Number.POSITIVE_INFINITY, text: [] };
  if (window.cores === null) return { fewest: 0, text: [`unknown in the ${name}`] };
  return { fewest: window.cores.fewest, text: [`${spanText(window.cores)} in the ${name}`] };
}

function spanText({ fewest, most }: CoreEvidence): string {
  return fewest === most ? counted(most, "core") : `${fewest} to ${counted(most, "core")}`;
}
