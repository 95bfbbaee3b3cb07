/** An invariant asked of the database after a run: its query must find no violation. */
import type { Row } from "../core/step.ts";
import type { FixtureParameters, Invariant } from "../core/system.ts";

export interface InvariantResult {
  readonly name: string;
  /** Null: it could not be checked, which is no pass. */
  readonly ok: boolean | null;
  readonly evidence: string;
}

/** As many violations as a report can show; the query says itself how many it looks for. */
const shownMax = 3;

/**
 * `bind` puts the fixture's parameters into the query. A query that fails is not swallowed: an
 * audit that could not be made is no audit that passed.
 */
export async function checkNoRows(
  invariant: Invariant,
  parameters: FixtureParameters,
  query: (sql: string) => Promise<readonly Row[]>,
  bind: (sql: string, parameters: FixtureParameters) => string,
): Promise<InvariantResult> {
  const rows = await query(bind(invariant.violations, parameters));
  if (rows.length === 0) return { name: invariant.name, ok: true, evidence: invariant.holds };
  const shown = rows.slice(0, shownMax).map((row) => JSON.stringify(row));
  const more = rows.length > shownMax ? ` and ${rows.length - shownMax} more` : "";
  return {
    name: invariant.name,
    ok: false,
    evidence: `must hold: ${invariant.holds} Found: ${shown.join(", ")}${more}`,
  };
}
