/** A run as far as it is known to a page that is open meanwhile: what it draws, and what it says. */
import { digits, timeText } from "../figures.ts";
import type { LiveSecond } from "./live-event.ts";
import type { FaultSpan, LivePageData, RunPageData } from "./page-data.ts";
import { courseOfSeconds, inGroups, type NamedSecond, secondsMax, together } from "./seconds.ts";

export type LiveStage = "preparing" | "warming up" | "running" | "ending";

/**
 * Those so far and one more, which replaces what it covers. Where there are too many, neighbours are
 * put together: the older, the coarser.
 */
export function withSecond<T extends LiveSecond>(earlier: readonly T[], next: T): readonly T[] {
  const all = [...earlier.filter(({ second }) => second.endMs <= next.second.startMs), next];
  return all.length > 2 * secondsMax ? inGroups(all, 2).map(joined) : all;
}

/** Keeps what else the last of them has. */
export function joined<T extends LiveSecond>(group: readonly T[]): T {
  const last = group.at(-1) as T;
  return {
    ...last,
    second: together(group.map(({ second }) => second)),
    faults: [...new Set(group.flatMap(({ faults }) => faults))],
  };
}

export function liveRunData(seconds: readonly LiveSecond[]): RunPageData {
  return {
    kind: "run",
    ...courseOfSeconds(seconds.map(({ second }) => second)),
    faults: spansOf(seconds),
    tables: [],
    spectra: [],
  };
}

/** As long as seconds that follow one another have it. */
function spansOf(seconds: readonly LiveSecond[]): readonly FaultSpan[] {
  const spans: FaultSpan[] = [];
  const open = new Map<string, number>();
  for (const { second, faults } of seconds) {
    for (const text of open.keys()) if (!faults.includes(text)) open.delete(text);
    for (const text of faults) {
      const index = open.get(text) ?? spans.length;
      const { startMs } = spans[index] ?? second;
      spans[index] = { text, startMs, endMs: second.endMs };
      open.set(text, index);
    }
  }
  return spans;
}

export function stageOf(last: NamedSecond | undefined, { durationMs }: LivePageData): LiveStage {
  if (last === undefined) return "preparing";
  if (last.phase === "warmup") return "warming up";
  return durationMs !== null && last.endMs >= durationMs ? "ending" : "running";
}

/** `12 s of 20 s`; nothing before there is a second. */
export function timeSoFar(
  last: NamedSecond | undefined,
  { warmupMs, durationMs }: LivePageData,
): string {
  if (last === undefined) return "";
  const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
  if (last.phase === "warmup") return `${seconds(last.endMs + warmupMs)} of ${seconds(warmupMs)}`;
  return durationMs === null
    ? seconds(last.endMs)
    : `${seconds(last.endMs)} of ${seconds(durationMs)}`;
}

/** Of the last second: what the page has above its charts. */
export function liveFigures(last: NamedSecond | undefined): readonly (readonly [string, string])[] {
  const count = (value: number | null | undefined) =>
    value === null || value === undefined ? "–" : digits(value);
  return [
    ["offered a second", count(last?.offered)],
    ["achieved a second", count(last?.achieved)],
    ["p50", timeText(last?.p50Us)],
    ["p99", timeText(last?.p99Us)],
    ["errors a second", count(last?.errors)],
    ["sessions busy", count(last?.busy)],
  ];
}

/** How often a reader who listens is told how far it is, though nothing else has changed. */
const toldEachMs = 15_000;

/**
 * What is said to who does not see the page, and when it is due: another key, another announcement.
 * Each second would be chatter.
 */
export function announcement(
  last: NamedSecond | undefined,
  plan: LivePageData,
): { readonly key: string; readonly text: string } {
  const stage = stageOf(last, plan);
  const text = last === undefined ? stage : `${stage}: ${timeSoFar(last, plan)}`;
  return { key: `${stage} ${Math.floor((last?.endMs ?? 0) / toldEachMs)}`, text };
}
