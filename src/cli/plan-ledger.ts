/** Whether a run keeps a ledger, and whether its scenario can. */
import type { Plan, PlannedFault } from "../core/plan.ts";
import type { Scenario } from "../core/scenario.ts";
import { faults } from "../faults/index.ts";
import type { RunOptions } from "./run-options.ts";

interface LedgerRequest {
  readonly options: Pick<RunOptions, "ledger" | "chaos">;
  readonly repeated: Plan | null;
  readonly existing: boolean;
}

/**
 * Kept where loadgen made the database; by itself only where a commit may be left in doubt. That an
 * earlier run kept none says nothing of the faults that this one is given.
 */
export function ledgerFor(
  { options, repeated, existing }: LedgerRequest,
  planned: readonly PlannedFault[],
): boolean {
  if (existing) return false;
  const isAsBefore = repeated !== null && (repeated.ledger || options.chaos.length === 0);
  const dropping = faults
    .filter(({ dropsConnections }) => dropsConnections)
    .map(({ name }) => name);
  const isInDoubt = planned.some(({ name }) => dropping.includes(name));
  return options.ledger ?? (isAsBefore ? repeated.ledger : isInDoubt);
}

/** With a ledger, asked for or not: its scenario may have none. */
export function scenarioLedgerProblems({ ledgerProblem }: Scenario): readonly string[] {
  if (ledgerProblem === undefined) return [];
  return [
    `--ledger, which faults that drop connections ask for, too: ${ledgerProblem}, or give --no-ledger`,
  ];
}
