/**
 * What is given with --while, `SQL[@start[+length]]` or `FILE.sql[@start[+length]]`, as side tasks of a
 * plan. The plan has the SQL itself, so that a run is repeated as it was, whatever became of the file;
 * everywhere else a task goes by its number and its text without literals, which may be passwords.
 */
import { readFileSync } from "node:fs";
import { parseTimes } from "../core/fault-text.ts";
import { type Parsed, parsed, problemsOf, rejected } from "../core/parsed.ts";
import type { PlannedFault } from "../core/plan.ts";
import { sqlStatements } from "../core/sql-statements.ts";
import { faults } from "../faults/index.ts";
import { sideTask } from "../faults/while.ts";
import { shownQuery } from "../observe/snapshots/statements.ts";

export function isSideTask({ name }: Pick<PlannedFault, "name">): boolean {
  return name === sideTask.name;
}

/** With every problem of every one; where no start is given, it is left open. */
export function readSideTasks(given: readonly string[]): Parsed<readonly PlannedFault[]> {
  const read = given.map((one, index) => readSideTask(one, index + 1));
  const problems = problemsOf(...read);
  return problems.length > 0
    ? rejected(...problems)
    : parsed(read.flatMap((task) => (task.ok ? [task.value] : [])));
}

function readSideTask(given: string, number: number): Parsed<PlannedFault> {
  const { what, written } = parted(given);
  const times = parseTimes(written);
  const sql = isFile(what) ? contentOf(what) : parsed(what);
  const statements = sql.ok ? sqlStatements(sql.value) : rejected(...sql.problems);
  const unfit = [...faultProblems(what), ...(statements.ok ? copyProblems(statements.value) : [])];
  const shown = isFile(what) ? what : shortened(shownQuery(what));
  if (!sql.ok || !statements.ok || !times.ok || unfit.length > 0) {
    const where = isFile(what) ? what : `"${shown}"`;
    const problems = [...problemsOf(times, statements), ...unfit];
    return rejected(...problems.map((problem) => `--while: ${where}: ${problem}`));
  }
  return parsed({
    text: [`${sideTask.name} ${number}: ${shown}`, ...written].join("@"),
    name: sideTask.name,
    parameters: { sql: sql.value },
    ...times.value,
    endsByItself: true,
  });
}

/** The server would know it for no SQL only when the run is under way. */
function faultProblems(what: string): readonly string[] {
  const fault = faults.find(({ name }) => what === name || what.startsWith(`${name}:`));
  return fault === undefined
    ? []
    : [`expected SQL, and ${fault.name} is a fault: --chaos ${fault.name}`];
}

/** Nobody is there to send the rows, or to take them. */
function copyProblems(statements: readonly string[]): readonly string[] {
  return statements
    .map(shownQuery)
    .filter((shown) => /^copy\b.*\b(?:from\s+stdin|to\s+stdout)\b/i.test(shown))
    .map((shown) => `"${shortened(shown)}": expected no COPY from stdin or to stdout`);
}

/**
 * SQL may have an @ of its own: times are what comes last and begins with a digit. What looks like one
 * more before that, with its unit, is one too many.
 */
function parted(given: string): { readonly what: string; readonly written: readonly string[] } {
  const [, what, times] = /^([\s\S]*)@\s*(\d[^@\s]*)\s*$/.exec(given) ?? [];
  if (what === undefined || times === undefined) return { what: given.trim(), written: [] };
  const [, before, more] = /^([\s\S]*)@\s*([\d.]+(?:ms|s|m|h)(?:\+[^@\s]*)?)\s*$/.exec(what) ?? [];
  return before === undefined || more === undefined
    ? { what: what.trim(), written: [times] }
    : { what: before.trim(), written: [more, times] };
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
  return what.length <= shownMax ? what : `${what.slice(0, shownMax)}…`;
}
