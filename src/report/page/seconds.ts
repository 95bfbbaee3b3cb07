/** The samples of a run as what charts are drawn from: a point a second, or fewer where there are too many. */
import type { RunSample } from "../../run/listener.ts";
import type { Course, Second } from "./page-data.ts";

/** More than a wide screen has pixels for; and a page of an hour's run stays below its size. */
export const secondsMax = 720;

type Counts = Readonly<Record<string, number>>;

/** Before it is known which names are told. */
export type NamedSecond = Omit<Second, "waits" | "edges"> & {
  readonly waits: Counts;
  readonly edges: Counts;
};

/** In the order of their times. Several are told together where there are more than `secondsMax`. */
export function courseOf(samples: readonly RunSample[], warmupMs: number): Omit<Course, "faults"> {
  const seconds = samples.map((sample, index) =>
    namedSecond(sample, { before: samples[index - 1], warmupMs }),
  );
  return courseOfSeconds(asManyAsFit(seconds));
}

export function courseOfSeconds(seconds: readonly NamedSecond[]): Omit<Course, "faults"> {
  const waits = new Told(seconds.map((second) => second.waits));
  const edges = new Told(seconds.map((second) => second.edges));
  return {
    waitNames: waits.names,
    edgeNames: edges.names,
    seconds: seconds.map((second) => ({
      ...second,
      waits: waits.countsIn(second.waits),
      edges: edges.countsIn(second.edges),
    })),
  };
}

function asManyAsFit(seconds: readonly NamedSecond[]): readonly NamedSecond[] {
  const each = Math.ceil(seconds.length / secondsMax);
  if (each <= 1) return seconds;
  return inGroups(seconds, each).map(together);
}

/** Neighbours together, `each` of them; the last group may be smaller. */
export function inGroups<T>(items: readonly T[], each: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / each) }, (_, index) =>
    items.slice(index * each, (index + 1) * each),
  );
}

/** More than this cannot be told apart in a chart: the rest is one. */
const namesMax = 7;

/** Names that may be long, and come again each second, as places in a list. */
class Told {
  readonly names: readonly string[];
  readonly #alone: readonly string[];

  /** The most frequent ones first. */
  constructor(all: readonly Counts[]) {
    const sums = Object.entries(summed(all.flatMap((one) => Object.entries(one))));
    const names = sums.sort(([, one], [, other]) => other - one).map(([name]) => name);
    this.#alone = names.length <= namesMax + 1 ? names : names.slice(0, namesMax);
    const rest = names.length - this.#alone.length;
    this.names = rest === 0 ? this.#alone : [...this.#alone, `${rest} others`];
  }

  countsIn(counts: Counts): readonly number[] {
    const alone = this.#alone.map((name) => counts[name] ?? 0);
    if (this.names.length === alone.length) return alone;
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    return [...alone, Math.round((sum(Object.values(counts)) - sum(alone)) * 10) / 10];
  }
}

/** Samples come at full seconds; the last one may come sooner. */
const usualMs = 1000;

interface Around {
  /** Undefined: it is the first one. */
  readonly before: RunSample | undefined;
  readonly warmupMs: number;
}

/** A second begins where the one before ended, and none before the run did. */
export function namedSecond(sample: RunSample, { before, warmupMs }: Around): NamedSecond {
  const { phase, atMs, latencyUs } = sample;
  const startMs = before?.atMs ?? Math.max(atMs - usualMs, 0 - warmupMs);
  const perSecond = (count: number) =>
    atMs > startMs ? Math.round((count * 10_000) / (atMs - startMs)) / 10 : 0;
  return {
    phase,
    startMs,
    endMs: atMs,
    offered: perSecond(sample.offered),
    achieved: perSecond(sample.achieved),
    errors: perSecond(sample.errors),
    retries: perSecond(sample.retries),
    p50Us: latencyUs.p50,
    p90Us: latencyUs.p90,
    p99Us: latencyUs.p99,
    p99_9Us: latencyUs.p99_9,
    maxUs: latencyUs.max,
    busy: sample.busySessions,
    active: sample.activeSessions,
    waiting: sample.waiting,
    waits: summed(sample.waits.map((wait) => [waitName(wait), wait.count])),
    edges: summed(sample.lockEdges.map(({ blocked, blocker }) => [`${blocked} ← ${blocker}`, 1])),
  };
}

/** As the terminal calls it. */
function waitName({ type, event }: RunSample["waits"][number]): string {
  return type === null ? "running" : `${type}:${event}`;
}

function summed(counts: readonly (readonly [string, number])[]): Counts {
  const sums = new Map<string, number>();
  for (const [name, count] of counts) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries(sums);
}

/** Rates and sessions on the average; of latencies the worst, for a mean of percentiles means nothing. */
export function together(seconds: readonly NamedSecond[]): NamedSecond {
  const [first, last] = [seconds[0] as NamedSecond, seconds.at(-1) as NamedSecond];
  const mean = (figure: (second: NamedSecond) => number | null) => meanOf(seconds.map(figure));
  const worst = (figure: (second: NamedSecond) => number | null) => worstOf(seconds.map(figure));
  return {
    phase: last.phase,
    startMs: first.startMs,
    endMs: last.endMs,
    offered: mean(({ offered }) => offered) ?? 0,
    achieved: mean(({ achieved }) => achieved) ?? 0,
    errors: mean(({ errors }) => errors) ?? 0,
    retries: mean(({ retries }) => retries) ?? 0,
    p50Us: worst(({ p50Us }) => p50Us),
    p90Us: worst(({ p90Us }) => p90Us),
    p99Us: worst(({ p99Us }) => p99Us),
    p99_9Us: worst(({ p99_9Us }) => p99_9Us),
    maxUs: worst(({ maxUs }) => maxUs),
    busy: mean(({ busy }) => busy),
    active: mean(({ active }) => active),
    waiting: mean(({ waiting }) => waiting),
    waits: meanCounts(seconds.map(({ waits }) => waits)),
    edges: meanCounts(seconds.map(({ edges }) => edges)),
  };
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

function meanOf(values: readonly (number | null)[]): number | null {
  const all = known(values);
  if (all.length === 0) return null;
  return Math.round((all.reduce((sum, value) => sum + value, 0) / all.length) * 10) / 10;
}

function worstOf(values: readonly (number | null)[]): number | null {
  const all = known(values);
  return all.length === 0 ? null : Math.max(...all);
}

function meanCounts(counts: readonly Counts[]): Counts {
  const sums = summed(counts.flatMap((one) => Object.entries(one)));
  return Object.fromEntries(
    Object.entries(sums).map(([name, sum]) => [name, Math.round((sum * 10) / counts.length) / 10]),
  );
}
