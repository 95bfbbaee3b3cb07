/** What an observer has seen so far, to be asked for by time. */
import { History, type Timed } from "./history.ts";
import type { Sample } from "./summary.ts";
import type { TableCounts } from "./tables.ts";

/** An hour's worth at full density; see History for what happens then. */
const samplesMax = 14_400;

/** More than a chart is wide; see History for what happens then. */
const tablesMax = 2_000;

/** Far more than a run opens; a run that reconnects at each transaction must not fill the memory. */
const backendsMax = 100_000;

/** The tables at some time, summed by partition root. */
export interface TablesAt {
  readonly atMs: number;
  readonly byRoot: Readonly<Record<string, TableCounts>>;
}

type TimedTables = TablesAt & Timed;

export class Sightings {
  readonly #samples = new History<Sample>(samplesMax);
  readonly #tables = new History<TimedTables>(tablesMax);
  /** First and last sight of each backend, by the run's clock. */
  readonly #backends = new Map<string, readonly [number, number]>();
  #latest: Sample | null = null;
  #latestTables: TablesAt | null = null;

  get latest(): Sample | null {
    return this.#latest;
  }

  get latestTables(): TablesAt | null {
    return this.#latestTables;
  }

  /** `backends`: the sessions' that were there. */
  addSample(sample: Sample, backends: readonly string[]): void {
    this.#latest = sample;
    this.#samples.add(sample);
    for (const backend of backends) this.#see(backend, sample.sentMs);
  }

  addTables(tables: TimedTables): void {
    this.#latestTables = tables;
    this.#tables.add(tables);
  }

  /** Asked and answered in that time, in order. */
  samplesBetween(startMs: number, endMs: number): readonly Sample[] {
    return this.#samples.between(startMs, endMs);
  }

  tablesBetween(startMs: number, endMs: number): readonly TablesAt[] {
    return this.#tables.between(startMs, endMs);
  }

  /** How many were there in that time. */
  backendsBetween(startMs: number, endMs: number): number {
    const seen = [...this.#backends.values()];
    return seen.filter(([first, last]) => first < endMs && last >= startMs).length;
  }

  #see(backend: string, atMs: number): void {
    const known = this.#backends.get(backend);
    if (known === undefined && this.#backends.size >= backendsMax) return;
    this.#backends.set(backend, [known?.[0] ?? atMs, atMs]);
  }
}
