/**
 * What is given with --while, `SQL[@start[+length]]` or `FILE.sql[@start[+length]]`, as side tasks of a
 * plan. The plan has the SQL itself, so that a run is repeated as it was, whatever became of the file.
 */
import { readFileSync } from "node:fs";
import { parseTimes } from "../core/fault-text.ts";
import { type Parsed, parsed, problemsOf, rejected } from "../core/parsed.ts";
import type { PlannedFault } from "../core/plan.ts";
import { sqlStatements } from "../core/sql-statements.ts";
import { sideTask } from "../faults/while.ts";

export function isSideTask({ name }: Pick<PlannedFault, "name">): boolean {
  return name === sideTask.name;
}

/** With every problem of every one; where no start is given, it is left open. */
export function readSideTasks(given: readonly string[]): Parsed<readonly PlannedFault[]> {
  const read = given.map(readSideTask);
  const problems = problemsOf(...read);
  return problems.length > 0
    ? rejected(...problems)
    : parsed(read.flatMap((task) => (task.ok ? [task.value] : [])));
}

function readSideTask(given: string): Parsed<PlannedFault> {
  const { what, written } = parted(given);
  const times = parseTimes(written);
  const sql = isFile(what) ? contentOf(what) : parsed(what);
  const statements = sql.ok ? sqlStatements(sql.value) : rejected(...sql.problems);
  const shown = shortened(what);
  if (!sql.ok || !statements.ok || !times.ok) {
    const where = isFile(what) ? what : `"${shown}"`;
    const problems = problemsOf(times, statements);
    return rejected(...problems.map((problem) => `--while: ${where}: ${problem}`));
  }
  return parsed({
    text: [`${sideTask.name} ${shown}`, ...written].join("@"),
    name: sideTask.name,
    parameters: { sql: sql.value },
    ...times.value,
    endsByItself: true,
  });
}

/** SQL may have an @ of its own: times are what comes last and begins with a digit. */
function parted(given: string): { readonly what: string; readonly written: readonly string[] } {
  const [, what, times] = /^([\s\S]*)@\s*(\d[^@\s]*)\s*$/.exec(given) ?? [];
  return what === undefined || times === undefined
    ? { what: given.trim(), written: [] }
    : { what: what.trim(), written: [times] };
}

function isFile(what: string): boolean {
  return /^\S+\.sql$/i.test(what);
}

function contentOf(path: string): Parsed<string> {
  try {
    return parsed(readFileSync(path, "utf8"));
  } catch (error) {
    return rejected(`cannot read it (${(error as { code?: string }).code ?? String(error)})`);
  }
}

/** Enough to know it by, in a heading. */
const shownMax = 60;

function shortened(what: string): string {
  const line = what.replace(/\s+/g, " ");
  return line.length <= shownMax ? line : `${line.slice(0, shownMax)}…`;
}
