/**
 * Several variants of a system in one go: in every round each runs once, then they are held against
 * the first. It is an experiment and no gate: that one is slower is its result, and no failure.
 */
import { primaryFigure } from "../run/figures.ts";
import type { SeriesRequest } from "../run/series.ts";
import type { StoredRun } from "../run/stored-run.ts";
import { comparabilityOf, differenceText } from "./comparability.ts";
import { comparedVariants } from "./compare-variants.ts";
import { judgeVariants } from "./judge-variants.ts";
import {
  type PerformedRounds,
  performedRounds,
  type Rounds,
  type SideJob,
  type SideRun,
} from "./rounds.ts";
import { variantFigureKinds, variantFigures } from "./variant-figures.ts";
import type { ComparedVariant, VariantsFigure, VariantsResult } from "./variants-result.ts";
import { variantsSentence } from "./variants-sentence.ts";

/** A variant as it is before anything is measured. */
export type KnownVariant = Omit<ComparedVariant, "folders">;

/** What is to be compared, by which runs. The sides are the variants, by their names. */
interface Asked extends Rounds<string> {
  readonly scenario: string;
  /** In the order given, the first is the one that the others are held against. */
  readonly variants: readonly KnownVariant[];
}

export type VariantsRequest = Asked & SeriesRequest<SideJob<string>>;

/** Null: it was stopped before the first and another one had a run. Rejects as a run does. */
export async function variantsInRounds(request: VariantsRequest): Promise<VariantsResult | null> {
  return comparedRounds(request, await performedRounds(request));
}

/** Pure. Null: as above. */
export function comparedRounds(
  asked: Asked,
  performed: PerformedRounds<string>,
): VariantsResult | null {
  const { runs } = performed;
  const byVariant = asked.variants.map((known) => ({ known, runs: byRound(asked, known, runs) }));
  const measured = byVariant.map((one) => one.runs.some((run) => run !== null));
  if (measured[0] !== true || !measured.slice(1).includes(true)) return null;
  const rounds = Array.from({ length: asked.rounds }, (_, round) => round);
  const [plan] = runs.map((run) => run.plan);
  const figures = figuresOf(byVariant, primaryFigure(plan?.rate ?? null));
  return {
    schema: "loadgen.variants/1",
    verdict: judgeVariants(
      asked.variants.map(({ name }) => name),
      performed,
      variantsSentence(figures),
    ),
    scenario: asked.scenario,
    seed: plan?.seed ?? 0,
    rounds: {
      planned: asked.rounds,
      complete: rounds.filter((round) => byVariant.every((one) => one.runs[round] != null)).length,
    },
    variants: byVariant.map(({ known, runs: own }) => ({
      ...known,
      folders: own.map((run) => run?.folder ?? null),
    })),
    figures,
    comparability: grounds(byVariant),
  };
}

interface Measured {
  readonly known: KnownVariant;
  readonly runs: readonly (StoredRun | null)[];
}

function byRound(
  { rounds }: Asked,
  { name }: KnownVariant,
  runs: readonly SideRun<string>[],
): Measured["runs"] {
  return Array.from({ length: rounds }, (_, index) => {
    const run = runs.find(({ side, round }) => side === name && round === index + 1);
    // All of them are beside one another, wherever that is.
    return run === undefined ? null : { folder: `runs/${run.folder}`, result: run.result };
  });
}

function present({ runs }: Measured): readonly StoredRun[] {
  return runs.filter((run) => run !== null);
}

/** The primary one first; without those that no run has. */
function figuresOf(variants: readonly Measured[], primary: string): readonly VariantsFigure[] {
  const kinds = variantFigureKinds(variants.flatMap(present).map(({ result }) => result));
  const byVariant = variants.map(({ known, runs }) => ({
    name: known.name,
    figures: runs.map((run) => (run === null ? {} : variantFigures(run.result))),
  }));
  const figures = kinds.map((kind) => {
    const values = byVariant.map(({ name, figures: own }) => ({
      variant: name,
      values: own.map((one: Readonly<Record<string, number | null>>) => one[kind.name] ?? null),
    }));
    const { name, unit, better } = kind;
    return { name, unit, better, primary: name === primary, ...comparedVariants(kind, values) };
  });
  const known = figures.filter((figure) => figure.variants.some(({ mean }) => mean !== null));
  return [...known.filter((one) => one.primary), ...known.filter((one) => !one.primary)];
}

/** That the variants differ in their names, and in what their scenarios do, is what was asked for. */
function grounds(variants: readonly Measured[]): readonly string[] {
  const sides = variants.map((one) => ({ name: one.known.name, runs: present(one) }));
  const measured = sides.filter(({ runs }) => runs.length > 0);
  const tables = new Set(variants.flatMap(({ known }) => Object.keys(known.rows)));
  const rows = [...tables].flatMap((table) => {
    const counts = variants.map(
      ({ known }) => [known.name, String(known.rows[table] ?? 0)] as const,
    );
    const text = differenceText(counts);
    return text === null ? [] : [`rows of ${table}: ${text}`];
  });
  const differences = comparabilityOf(measured).filter(
    ({ fact }) => fact !== "variant" && !fact.startsWith("strategies "),
  );
  return [...rows, ...differences.map(({ text }) => text)];
}
