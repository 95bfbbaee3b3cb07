/** Rounds of variants that never were. */
import type { KnownVariant } from "../../src/compare/variants-in-rounds.ts";
import { comparedRounds } from "../../src/compare/variants-in-rounds.ts";
import type { SideRun } from "../../src/compare/rounds.ts";
import type { VariantsResult } from "../../src/compare/variants-result.ts";
import type { RunResult } from "../../src/run/result.ts";
import { planWith } from "../helpers/plan.ts";
import { resultWith } from "./stored.ts";

/** What a variant came to, round by round; null: it has no run of that round. */
export type Made = Readonly<Record<string, readonly (Partial<RunResult> | null)[]>>;

export function known(name: string, more: Partial<KnownVariant> = {}): KnownVariant {
  return { name, differs: [], rows: { "dms.reference": 2000 }, ...more };
}

/** Of made-up runs, the first variant first. */
export function resultOf(made: Made, variants?: readonly KnownVariant[]): VariantsResult | null {
  const names = Object.keys(made);
  const plans = names.map((name) => [name, { name, plan: planWith({ variant: name }) }] as const);
  const sides = Object.fromEntries(plans);
  const runs = names.flatMap((name) =>
    (made[name] ?? []).flatMap((given, index): SideRun<string>[] => {
      if (given === null) return [];
      const folder = `00${index + 1}-${name}`;
      const { plan } = sides[name]!;
      const job = { side: name, round: index + 1, plan, purpose: name, label: name };
      const result = { ...resultWith({ plan: { variant: name } }), ...given };
      return [{ ...job, folder, result }];
    }),
  );
  const rounds = Math.max(...Object.values(made).map((all) => all.length));
  return comparedRounds(
    {
      scenario: "single-document",
      sides,
      rounds,
      variants: variants ?? names.map((name) => known(name)),
    },
    { runs, cutOff: null, planned: runs.length, signal: null },
  );
}

const { transactions, serverPerTransaction } = resultWith({});

/** A run that differs in its throughput, and in what it leaves dead. */
export function ran(perSecond: number, deadTuples = 50): Partial<RunResult> {
  return {
    transactions: { ...transactions, perSecond },
    serverPerTransaction: { ...serverPerTransaction, deadTuples },
  };
}
