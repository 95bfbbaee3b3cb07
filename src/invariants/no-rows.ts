/** An invariant asked of the database after a run: its query must find no violation. */
import type { Row } from "../core/step.ts";
import type { Invariant } from "../core/system.ts";

export interface InvariantResult {
  readonly name: string;
  /** Null: it could not be checked, which is no pass. */
  readonly ok: boolean | null;
  readonly evidence: string;
}

/** As many violations as a report can show; the query says itself how many it looks for. */
const shownMax = 3;

/** How to ask a database: `sql` with the fixture's parameters, and the keys that were written as $1. */
export type Ask = (sql: string) => Promise<readonly Row[]>;

/**
 * `looked`: what it was asked about, such as "1 234 references". A query that fails is not swallowed:
 * an audit that could not be made is no audit that passed.
 */
export async function checkNoRows(
  invariant: Invariant,
  looked: string,
  ask: Ask,
): Promise<InvariantResult> {
  const rows = await ask(invariant.violations);
  if (rows.length === 0) {
    const evidence = `${invariant.holds} Looked at: ${looked}.`;
    return { name: invariant.name, ok: true, evidence };
  }
  const shown = rows.slice(0, shownMax).map((row) => JSON.stringify(row));
  const more = rows.length > shownMax ? ` and ${rows.length - shownMax} more` : "";
  return {
    name: invariant.name,
    ok: false,
    evidence: `must hold: ${invariant.holds} Found: ${shown.join(", ")}${more}`,
  };
}
