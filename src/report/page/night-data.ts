/** What the charts of a night's page are drawn from: each run's primary figure over the nights. */
import { runsOf } from "../../nightly/level.ts";
import { figureKind } from "../../run/figures.ts";
import type { Night, NightLine, NightRun } from "../../nightly/result.ts";
import { moveText } from "../../nightly/verdict.ts";
import type { History, HistoryMove, HistoryNight, NightPageData } from "./page-data.ts";

/** More than a small chart has room for: a year of them. */
const nightsMax = 366;

/** `lines`: of the suite's history, oldest first; those after this night are left out. Their times are all in UTC. */
export function nightData(night: Night, lines: readonly NightLine[]): NightPageData {
  const until = lines.filter(({ at }) => at <= night.at);
  const histories = night.runs.map((run) => historyOf(run, night, until));
  return { kind: "night", histories: histories.filter(({ nights }) => nights.some(isKnown)) };
}

function isKnown({ value }: HistoryNight): boolean {
  return value !== null;
}

function historyOf(run: NightRun, { at }: Night, lines: readonly NightLine[]): History {
  const all = runsOf(run.name, lines);
  const earlier = all.filter((one) => one.at !== at).slice(1 - nightsMax);
  // Its line is missing where the history could not be written: then its ground is that of the last one.
  const ground = (all.find((one) => one.at === at) ?? earlier.at(-1))?.ground ?? "";
  const grounds = [...new Set([ground, ...earlier.map((one) => one.ground)])];
  const nights = earlier.map((one) => ({
    day: dayOf(one.at),
    value: one.figures[run.primary] ?? null,
    ground: grounds.indexOf(one.ground),
    judged: one.judged,
  }));
  const { judgement } = run;
  const tonight = {
    day: dayOf(at),
    value: run.figures[run.primary] ?? null,
    ground: 0,
    judged: judgement.kind === "judged" ? judgement.verdict : null,
  };
  const days = [...earlier.map((one) => one.at), at];
  return {
    run: run.name,
    figure: run.primary,
    unit: figureKind(run.primary).unit,
    nights: [...nights, tonight],
    moves: movesOf(run, days),
  };
}

function dayOf(at: string): string {
  return at.slice(0, 10);
}

/** Of the primary figure, where the night is among those drawn. */
function movesOf({ moves }: NightRun, nights: readonly string[]): readonly HistoryMove[] {
  return moves
    .filter(({ primary }) => primary)
    .flatMap((move) => {
      const night = nights.indexOf(move.at);
      if (night < 0) return [];
      return [{ night, isWorse: move.isWorse, isWeak: move.isWeak, text: moveText(move) }];
    });
}
