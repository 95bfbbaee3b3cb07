/** What the sessions of k6 drew their transactions from: with it Node draws them once more, and the same. */
import type { Plan } from "../../core/plan.ts";
import type { Context, Scenario } from "../../core/scenario.ts";

export interface Drawing {
  /** As its setting has it. */
  readonly run: string;
  readonly plan: Plan;
  readonly scenario: Scenario;
  readonly context: Context;
  readonly world: unknown;
}
