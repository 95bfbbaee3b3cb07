/**
 * A night from its suite to its result: every run in order, whatever became of the one before; then
 * each is held against the nights before.
 */
import type { Figures } from "../run/figures.ts";
import { figuresOf, primaryFigure } from "../run/figures.ts";
import { isEvidence } from "../run/equal-runs.ts";
import { groundKey } from "../run/noise-store.ts";
import type { Plan } from "../core/plan.ts";
import type { Finding } from "../core/verdict.ts";
import type { RunResult } from "../run/result.ts";
import { isInvalidByChance } from "../sweep/campaign.ts";
import { type JudgedRun, judgeRuns, lostFigure } from "./judge.ts";
import { runsOf } from "./level.ts";
import { movesOf } from "./moves.ts";
import type { Judgement, NightLine, NightRun, RunLine } from "./result.ts";

export interface NightEntry {
  readonly name: string;
  readonly plan: Plan;
}

/** What came of an entry of the suite. */
export interface Made<Entry extends NightEntry> {
  readonly entry: Entry;
  /** Beside nightly.json. */
  readonly folder: string;
  /** Why there is no result, and how grave that is. */
  readonly outcome: { readonly result: RunResult } | { readonly trouble: Finding };
  readonly discarded: NightRun["discarded"];
}

export interface NightRequest<Entry extends NightEntry> {
  readonly entries: readonly Entry[];
  /** Performs one run and stores it in this folder, beside nightly.json. Rejects with the signal's name if that came first. */
  readonly perform: (entry: Entry, folder: string) => Promise<Made<Entry>["outcome"]>;
  /** Aborts with "SIGINT" or "SIGTERM" as its reason. */
  readonly interrupted: AbortSignal;
  readonly onMade: (made: Made<Entry>) => void;
}

/** In the suite's order; those after a signal are missing. */
export async function makeRuns<Entry extends NightEntry>(
  request: NightRequest<Entry>,
): Promise<readonly Made<Entry>[]> {
  const made: Made<Entry>[] = [];
  for (const [index, entry] of request.entries.entries()) {
    if (isStopped(request)) break;
    const folder = `runs/${String(index + 1).padStart(2, "0")}-${entry.name}`;
    try {
      const one = await makeRun(request, entry, folder);
      made.push(one);
      request.onMade(one);
    } catch (reason) {
      // Stopped before anything was measured: the run counts as not made.
      if (!isStopped(request)) throw reason;
    }
  }
  return made;
}

function isStopped({ interrupted }: Pick<NightRequest<never>, "interrupted">): boolean {
  return interrupted.aborted;
}

/** One that is invalid by chance is made once more. */
async function makeRun<Entry extends NightEntry>(
  { perform, interrupted }: NightRequest<Entry>,
  entry: Entry,
  folder: string,
): Promise<Made<Entry>> {
  const first = await perform(entry, folder);
  const isDiscarded = "result" in first && isInvalidByChance(first.result) && !interrupted.aborted;
  if (!isDiscarded) return { entry, folder, outcome: first, discarded: null };
  const again = `${folder}-again`;
  const outcome = await perform(entry, again);
  const reason = first.result.verdict.reasons[0] ?? "";
  return { entry, folder: again, outcome, discarded: { folder, reason } };
}

/** What of earlier nights stands beside tonight's runs. */
export interface NightsBefore {
  /** When tonight began, ISO 8601. */
  readonly at: string;
  /** Oldest first. */
  readonly nights: readonly NightLine[];
  /** Where the folder `made.folder` is; absolute. */
  readonly path: (folder: string) => string;
  /** Of equal runs that are no nights, a group for each kind. */
  readonly remembered: (
    made: RunResult,
    named: NamedFolder,
  ) => Promise<readonly (readonly Figures[])[]>;
  /** What differs from the night before; sentences. */
  readonly differences: (made: RunResult, named: NamedFolder) => Promise<readonly string[]>;
}

/** A run's name, and its folder, absolute. */
export interface NamedFolder {
  readonly name: string;
  readonly folder: string;
}

export interface HeldRuns {
  readonly runs: readonly NightRun[];
  /** For the history, by name: those with a result. */
  readonly lines: Readonly<Record<string, RunLine>>;
  /** What keeps a run from being judged that was before; each names its run. */
  readonly losses: readonly Finding[];
}

/** Every entry of the suite, also those that were not made. */
export async function holdRuns<Entry extends NightEntry>(
  entries: readonly Entry[],
  made: readonly Made<Entry>[],
  before: NightsBefore,
): Promise<HeldRuns> {
  const inputs = new Map<string, JudgedRun>();
  for (const { entry, folder, outcome } of made) {
    if (!("result" in outcome)) continue;
    inputs.set(entry.name, await judgedRun(entry, outcome.result, { folder, before }));
  }
  const judgements = judgeRuns([...inputs.values()]);
  const lines: Record<string, RunLine> = {};
  const judged = new Map<string, Judgement>();
  for (const [index, [name, { run }]] of [...inputs].entries()) {
    const judgement = judgements[index] ?? notMade;
    judged.set(name, judgement);
    lines[name] = { ...run, judged: judgement.kind === "judged" ? judgement.verdict : null };
  }
  const runs = entries.map((entry): NightRun => {
    const input = inputs.get(entry.name);
    const judgement = judged.get(entry.name) ?? notMade;
    const one = made.find((candidate) => candidate.entry === entry);
    const moves = input === undefined ? [] : movesOf({ ...input, at: before.at, judgement });
    return { ...runOf(entry, one), figures: input?.run.figures ?? {}, judgement, moves };
  });
  const losses = [...inputs].flatMap(([name, input]): Finding[] => {
    const lost = lostFigure(input);
    return lost === null ? [] : [{ code: 97, reason: `${name}: ${lost}` }];
  });
  return { runs, lines, losses };
}

const notMade: Judgement = { kind: "not-judged", why: "the run was not made" };

async function judgedRun(
  { name, plan }: NightEntry,
  result: RunResult,
  { folder, before }: { readonly folder: string; readonly before: NightsBefore },
): Promise<JudgedRun> {
  const path = before.path(folder);
  const named = { name, folder: path };
  return {
    primary: primaryFigure(plan.rate),
    earlier: runsOf(name, before.nights),
    remembered: await before.remembered(result, named),
    differences: await before.differences(result, named),
    run: {
      folder: path,
      exitCode: result.verdict.exitCode,
      variant: plan.variant,
      ground: groundKey({ plan, machine: result.machine, server: result.server }),
      noiseKey: result.noiseKey,
      figures: isEvidence(result) ? figuresOf(result) : {},
    },
  };
}

function runOf<Entry extends NightEntry>(
  { name, plan }: Entry,
  made: Made<Entry> | undefined,
): Omit<NightRun, "judgement" | "moves" | "figures"> {
  const outcome = made?.outcome ?? null;
  const result = outcome !== null && "result" in outcome ? outcome.result : null;
  const trouble = outcome !== null && "trouble" in outcome ? outcome.trouble.reason : null;
  return {
    name,
    folder: result === null ? null : (made?.folder ?? null),
    scenario: plan.scenario,
    variant: plan.variant,
    faults: plan.faults.map(({ text }) => text),
    verdict: result?.verdict ?? null,
    problem: result === null ? (trouble ?? "stopped before it") : null,
    discarded: made?.discarded ?? null,
    primary: primaryFigure(plan.rate),
  };
}
