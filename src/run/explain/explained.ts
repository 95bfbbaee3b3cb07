/**
 * What was seen of each operation's plans before a run and after it, as explain.json keeps it, and
 * what changed in between. Pure.
 */
import { planChanges } from "../../observe/plans/plan-change.ts";
import type { PlanShape } from "../../observe/plans/plan-shape.ts";
import { type PlanFigures, type PlanNode, sumOfFigures } from "../../observe/plans/query-plan.ts";

export interface ExplainedStatement {
  /** As the scenario calls it; of one inside of it the beginning of its text. */
  readonly name: string;
  readonly text: string;
  /** How often it was performed. */
  readonly times: number;
  /** It was planned and not performed: then its figures are zero. */
  readonly isEstimated: boolean;
  /** All times together, with what it called; the checks of its own foreign keys are in their own. */
  readonly figures: PlanFigures;
  /** One for each shape: a statement that is performed again may be planned again. */
  readonly plans: readonly ExplainedPlan[];
  /** Those that it sent itself, from functions and triggers. Empty, too, where nobody may see them. */
  readonly nested: readonly ExplainedStatement[];
}

export interface ExplainedPlan {
  /** All plans of this shape together. */
  readonly shape: PlanShape;
  readonly times: number;
  /** The first of them, as the server gave it, without zeros. */
  readonly plan: PlanNode;
}

export interface ExplainedOperation {
  /** In the order in which they first came. */
  readonly statements: readonly ExplainedStatement[];
  /** Why there are none, or not all of them: a sentence. Null: all that it sent are there. */
  readonly problem: string | null;
}

/** Every operation, once. */
export interface ExplainPass {
  /** ISO 8601. */
  readonly takenAt: string;
  readonly tookMs: number;
  /** `auto_explain` sees into functions and triggers; `explain` does not. */
  readonly way: "auto_explain" | "explain";
  /** What would write was planned only; elsewhere it was performed and rolled back. */
  readonly isReadOnly: boolean;
  readonly operations: Readonly<Record<string, ExplainedOperation>>;
}

/** explain.json */
export interface Explained {
  readonly schema: "loadgen.explain/1";
  /** Null: it could not be, and the run's notes say why. */
  readonly before: ExplainPass | null;
  readonly after: ExplainPass | null;
}

/** What an operation took, of the statements that were performed. */
type Taken = Pick<PlanFigures, "timeUs" | "buffersHit" | "buffersRead" | "walBytes" | "walRecords">;

export interface ExplainedFigures {
  /** Null: it was not explained then. */
  readonly before: Taken | null;
  readonly after: Taken | null;
  /** Sentences; empty: of the plans that were seen none changed; null: there are not two to compare. */
  readonly planChanged: readonly string[] | null;
  /** Why something is missing; empty: nothing is. */
  readonly problems: readonly string[];
}

export type ExplainSummary = Readonly<Record<string, ExplainedFigures>>;

/** For run.json. */
export function explainSummary(
  operations: readonly string[],
  { before, after }: Pick<Explained, "before" | "after">,
): ExplainSummary {
  return Object.fromEntries(
    operations.map((name) => {
      const [one, other] = [before?.operations[name], after?.operations[name]];
      const figures = {
        before: takenBy(one),
        after: takenBy(other),
        planChanged: operationChanges(one, other),
        problems: [...problemOf("before", one), ...problemOf("after", other)],
      };
      return [name, figures];
    }),
  );
}

function takenBy(operation: ExplainedOperation | undefined): Taken | null {
  const performed = operation?.statements.filter(({ isEstimated }) => !isEstimated) ?? [];
  if (performed.length === 0) return null;
  const { timeUs, buffersHit, buffersRead, walBytes, walRecords } = sumOfFigures(
    performed.map(({ figures }) => figures),
  );
  return { timeUs: Math.round(timeUs), buffersHit, buffersRead, walBytes, walRecords };
}

function problemOf(when: string, operation: ExplainedOperation | undefined): readonly string[] {
  const problem = operation?.problem ?? null;
  return problem === null ? [] : [`${when}: ${problem}`];
}

function operationChanges(
  before: ExplainedOperation | undefined,
  after: ExplainedOperation | undefined,
): readonly string[] | null {
  if (before === undefined || after === undefined) return null;
  const areTwo = before.statements.some((one) => {
    const other = twinOf(one, after.statements);
    return hasPlan(one) && other !== undefined && hasPlan(other);
  });
  return areTwo ? statementChanges(before.statements, after.statements, "") : null;
}

function twinOf(
  { name, text }: ExplainedStatement,
  among: readonly ExplainedStatement[],
): ExplainedStatement | undefined {
  return among.find((other) => other.name === name && other.text === text);
}

/** Of its own, or of what it called. */
function hasPlan({ plans, nested }: ExplainedStatement): boolean {
  return plans.length > 0 || nested.some(hasPlan);
}

/** Of those that were sent both times: what was not sent was not planned. */
function statementChanges(
  before: readonly ExplainedStatement[],
  after: readonly ExplainedStatement[],
  inside: string,
): readonly string[] {
  return before.flatMap((one) => {
    const other = twinOf(one, after);
    if (other === undefined) return [];
    const name = `${inside}${one.name}`;
    const changes = planChanges(shapesOf(one), shapesOf(other));
    return [
      ...changes.map((change) => `${name}: ${change}`),
      ...statementChanges(one.nested, other.nested, `${name}, in it `),
    ];
  });
}

function shapesOf({ plans }: ExplainedStatement): readonly PlanShape[] {
  return plans.map(({ shape }) => shape);
}
