/** What the line says that Linux's /proc/PID/stat holds (proc(5)), for all who read it. */

export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  /** One letter: T is stopped. */
  readonly state: string;
  /** That it has ended, even if its parent has not collected it yet. */
  readonly hasEnded: boolean;
  readonly parent: number;
  readonly ownTicks: number;
  /** Of children that ended and were waited for, and of theirs. */
  readonly endedChildrenTicks: number;
  /** Since the machine was started: tells it apart from a later one with the same number. */
  readonly startedTicks: number;
}

/** Null: it is no such line. The name stands in parentheses and may itself have some, or spaces. */
export function processStat(text: string): ProcessStat | null {
  const [, pid, name, state, rest = ""] = /^(\d+) \((.*)\) (\S) (.*)$/s.exec(text.trimEnd()) ?? [];
  if (pid === undefined || name === undefined || state === undefined) return null;
  // Field 4, the parent, comes first here; fields 14 to 17 are the times, and 22 is the start.
  const fields = rest.split(" ").map(Number);
  const [parent = NaN] = fields;
  const [user = NaN, system = NaN, childUser = NaN, childSystem = NaN] = fields.slice(10, 14);
  const [ownTicks, endedChildrenTicks] = [user + system, childUser + childSystem];
  const startedTicks = fields[18] ?? NaN;
  if (Number.isNaN(parent + ownTicks + endedChildrenTicks + startedTicks)) return null;
  const hasEnded = /[ZX]/.test(state);
  const times = { ownTicks, endedChildrenTicks, startedTicks };
  return { pid: Number(pid), name, state, hasEnded, parent, ...times };
}
