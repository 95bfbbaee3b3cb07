/**
 * Who kept the cores of the server's machine busy, where that is this one: the server, this process,
 * or others. From /proc, which only Linux has. It counts in clock ticks, of which a second has 100 on
 * every Linux (USER_HZ; `getconf CLK_TCK`): over a few seconds that is fine enough.
 */
import { readdirSync, readFileSync } from "node:fs";
import { type ProcessStat, processStat } from "../core/process-stat.ts";
import type { HostFigure } from "../scaling/measurements.ts";
import { coresOf } from "./cores.ts";

/** What the machine's clocks showed at a time; they all began before. */
export interface HostReading {
  /** performance.now(). */
  readonly atMs: number;
  /** A server that was started again counts from zero. */
  readonly postmaster: number;
  /** Those that the server may run on. */
  readonly cores: number;
  /** Of all these cores together. */
  readonly ticks: number;
  /** Of them, without work. */
  readonly idleTicks: number;
  /** User and system time of the server, of its children that ended included. */
  readonly serverTicks: number;
  /** User and system time of this process, in all its threads. */
  readonly generatorUs: number;
}

const ticksPerSecond = 100;

/** Shorter than this, the ticks say nothing. */
const lengthMsMin = 500;

/** Between two readings, on the average; null where they tell nothing of it. */
export function hostFigure(start: HostReading | null, end: HostReading | null): HostFigure | null {
  if (start === null || end === null) return null;
  const seconds = (end.atMs - start.atMs) / 1000;
  const ticks = end.ticks - start.ticks;
  const isOther = end.postmaster !== start.postmaster || end.cores !== start.cores;
  if (isOther || seconds * 1000 < lengthMsMin || ticks <= 0) return null;
  const idle = Math.max(0, end.idleTicks - start.idleTicks);
  return {
    cores: end.cores,
    // By the ticks there were rather than by our clock, so that it never exceeds the cores.
    busyCores: (end.cores * Math.max(0, ticks - idle)) / ticks,
    serverCores: Math.max(0, end.serverTicks - start.serverTicks) / ticksPerSecond / seconds,
    generatorCores: (end.generatorUs - start.generatorUs) / 1e6 / seconds,
  };
}

/**
 * The clocks now; null where /proc does not tell them, or the process is no backend of a PostgreSQL
 * on this machine. All at one instant, so not asynchronously: that would also cost ten times as much
 * (1000 processes take 6 ms).
 * @param backend the process id of one of the server's backends, by its own account.
 */
export function readHost(backend: number): HostReading | null {
  try {
    const postmaster = postmasterOf(backend);
    const cores = postmaster === null ? null : coresOf(postmaster.pid);
    if (postmaster === null || cores === null) return null;
    const { user, system } = process.cpuUsage();
    const busy = coreTicks(readFileSync("/proc/stat", "utf8"), cores);
    if (busy === null) return null;
    return {
      atMs: performance.now(),
      postmaster: postmaster.pid,
      ...busy,
      serverTicks: serverTicks(postmaster),
      generatorUs: user + system,
    };
  } catch {
    // No /proc, one that hides others' processes, or a server that ends right now: then it is not known.
    return null;
  }
}

/** A number may be another process's here: the server is elsewhere, or in a container of its own. */
function postmasterOf(backend: number): ProcessStat | null {
  const child = statOf(backend);
  const parent = child === null || !isPostgres(child) ? null : statOf(child.parent);
  return parent === null || !isPostgres(parent) ? null : parent;
}

/** `postmaster` is what the program was called by in older packages. */
function isPostgres({ name }: ProcessStat): boolean {
  return name === "postgres" || name === "postmaster";
}

function statOf(pid: number): ProcessStat | null {
  return processStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

/** All of a server's processes are the postmaster's children; a session's parallel workers, too. */
function serverTicks(postmaster: ProcessStat): number {
  const children = readdirSync("/proc").flatMap((name) => {
    const child = /^\d+$/.test(name) ? statOrNull(Number(name)) : null;
    return child?.parent === postmaster.pid ? [child.ownTicks] : [];
  });
  const { ownTicks, endedChildrenTicks } = postmaster;
  return children.reduce((sum, ticks) => sum + ticks, ownTicks + endedChildrenTicks);
}

function statOrNull(pid: number): ProcessStat | null {
  try {
    return statOf(pid);
  } catch {
    return null; // It ended since the list was read.
  }
}

/**
 * The lines `cpu<n> user nice system idle iowait irq softirq steal …` of some cores, added up; null
 * where they are not told. Guests are in user already; what a hypervisor took (steal) was not idle.
 */
export function coreTicks(
  stat: string,
  wanted: ReadonlySet<number>,
): Pick<HostReading, "cores" | "ticks" | "idleTicks"> | null {
  const lines = [...stat.matchAll(/^cpu(\d+) (.*)$/gm)]
    .filter(([, core]) => wanted.has(Number(core)))
    .map(([, , fields = ""]) => fields.trim().split(/\s+/).slice(0, 8).map(Number));
  const ticks = lines.flat().reduce((sum, field) => sum + field, 0);
  const idleTicks = lines.reduce((sum, [, , , idle = 0, wait = 0]) => sum + idle + wait, 0);
  // A sandbox may have the file, and zeros in it.
  return ticks > 0 ? { cores: lines.length, ticks, idleTicks } : null;
}
