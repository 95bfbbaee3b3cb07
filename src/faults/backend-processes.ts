/**
 * Backends as processes of this machine: which cores the scheduler lets them use (sched(7)), and
 * changing that. A process id from a server says nothing here by itself: the server may be elsewhere,
 * or in a process namespace of its own. So a process is only touched if it calls itself a backend of
 * the database that is meant.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { CoresSeen } from "../core/evidence.ts";
import { coresInList } from "../core/cpu-list.ts";

/** Lists of cores, such as `0-3,8`, by process id. */
export type CoreLists = ReadonlyMap<number, string>;

/** Those of the processes that are backends of this database, on this machine and still there. */
export async function coreListsOf(pids: readonly number[], database: string): Promise<CoreLists> {
  const lists = await Promise.all(pids.map((pid) => coreListOf(pid, database)));
  return new Map(
    pids.flatMap((pid, index) => {
      const list = lists[index] ?? null;
      return list === null ? [] : [[pid, list]];
    }),
  );
}

/** Null: no such process is here. */
export async function coreListOf(pid: number, database: string): Promise<string | null> {
  try {
    const title = await readFile(`/proc/${pid}/cmdline`, "utf8");
    // Such as `postgres: loadgen loadgen_run_1 127.0.0.1(40000) idle`.
    if (!title.startsWith("postgres: ") || !title.includes(` ${database} `)) return null;
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? null;
  } catch {
    return null; // It ended, others' processes are hidden, or this is no Linux.
  }
}

/** Null: none of them is here. */
export function coresSeen(lists: CoreLists): CoresSeen | null {
  if (lists.size === 0) return null;
  return { backends: lists.size, cores: coresOfAll(lists).length };
}

/** The numbers of all cores that one or another may use. */
export function coresOfAll(lists: CoreLists): readonly number[] {
  return coresInList([...lists.values()].join(","));
}

/**
 * Lets the backends of the database among these processes use the cores of the list, and no others.
 * Throws if one of them does not, and says how to do it by hand.
 */
export async function allowCores(
  pids: readonly number[],
  list: string,
  database: string,
): Promise<void> {
  const here = [...(await coreListsOf(pids, database)).keys()];
  const refusal = await taskset(here, list);
  // Those that ended meanwhile are no failure, and taskset makes one of them: what counts is what is.
  const wanted = coresInList(list).join();
  const left = [...(await coreListsOf(here, database))].filter(
    ([, now]) => coresInList(now).join() !== wanted,
  );
  if (left.length === 0) return;
  const byHand = left.map(([pid]) => `taskset -a -c -p ${list} ${pid}`).join("; ");
  throw new Error(`${refusal || "taskset changed nothing"}. Left to do, by hand: ${byHand}`);
}

/** Forking a process costs a load generator more than reading one: one shell for all of them. */
const script = 'list=$1; shift; for pid; do taskset -a -c -p "$list" "$pid" >/dev/null; done';

/** Thousands of backends take this long on a machine that is all theirs. */
const tasksetMsMax = 30_000;

/** Resolves with what it complained about; empty: nothing. */
export async function taskset(pids: readonly number[], list: string): Promise<string> {
  const { stderr, error } = await shell([script, "sh", list, ...pids.map(String)]);
  return stderr.trim() || (error?.killed === true ? `no end within ${tasksetMsMax} ms` : "");
}

export async function hasTaskset(): Promise<boolean> {
  return (await shell(["command -v taskset"])).error === null;
}

function shell(
  args: readonly string[],
): Promise<{ stderr: string; error: { killed?: boolean } | null }> {
  return new Promise((resolve) => {
    execFile("sh", ["-c", ...args], { timeout: tasksetMsMax }, (error, _stdout, stderr) =>
      resolve({ stderr, error }),
    );
  });
}
