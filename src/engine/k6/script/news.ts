/** What a session knows of how the run stands: asked for now and then, and at once entered in its notes. */
import type { Phase } from "../../../core/random.ts";
import type { News } from "../conducting.ts";
import type { Conductor } from "./conductor.ts";
import type { Notes } from "./notes.ts";

/** So often a session asks; of many sessions each asks more seldom: all of them, 200 times a second. */
const newsEveryMsMin = 1_000;
const newsMsEachSession = 5;

export interface Following {
  readonly number: number;
  readonly sessions: number;
  readonly notes: Notes;
  readonly clockMs: () => number;
}

/** What is known, asked anew if it is time; `now`: it is. */
export function newsFrom(
  conductor: Conductor,
  { number, sessions, notes, clockMs }: Following,
): (phase: Phase, now: boolean) => News {
  const everyMs = Math.max(newsEveryMsMin, newsMsEachSession * sessions);
  let known: News = { cuts: [], stop: false, abandoned: false };
  let nextMs = Number.NEGATIVE_INFINITY;
  return (phase, now) => {
    const nowMs = clockMs();
    if (!now && nowMs < nextMs) return known;
    nextMs = nowMs + everyMs;
    known = conductor.news(number, phase, notes.progress[phase]);
    notes.enter(known.cuts);
    return known;
  };
}
