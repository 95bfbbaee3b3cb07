/** What the charts of a page are drawn from: plain data, in the page as JSON. */
import type { FigureKind } from "../../run/figures.ts";
import type { Plotted } from "../plot-data.ts";

/** One second of a run, or several where there are more than a page holds. */
export interface Second {
  readonly phase: "warmup" | "measured";
  /** Since the measured time began. */
  readonly startMs: number;
  readonly endMs: number;
  /** A second. */
  readonly offered: number;
  readonly achieved: number;
  readonly errors: number;
  readonly retries: number;
  /** Microseconds, of committed work; null: too little of it to tell. */
  readonly p50Us: number | null;
  readonly p90Us: number | null;
  readonly p99Us: number | null;
  readonly p99_9Us: number | null;
  readonly maxUs: number | null;
  /** Sessions, as the server had them at the end; null: nobody looked. */
  readonly busy: number | null;
  readonly active: number | null;
  /** Open loop: due and not started. */
  readonly waiting: number | null;
  /** Busy sessions by what they waited for, in the order of `waitNames`. */
  readonly waits: readonly number[];
  /** Sessions that waited for a lock, by who waited for whom, in the order of `edgeNames`. */
  readonly edges: readonly number[];
}

/** When a fault was in force. */
export interface FaultSpan {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** A line of a spectrum, by 1 / (1 - p), as far as its sample supports it. */
export interface SpectrumLine {
  readonly name: "from the intended start" | "service" | "waiting for a connection";
  readonly points: readonly (readonly [timesRarer: number, us: number])[];
}

export interface Spectrum {
  readonly operation: string;
  readonly lines: readonly SpectrumLine[];
}

/** What is drawn on the time axis of a run: of all of it, or so far. */
export interface Course {
  readonly seconds: readonly Second[];
  readonly waitNames: readonly string[];
  readonly edgeNames: readonly string[];
  readonly faults: readonly FaultSpan[];
}

/** A table with its partitions, as it was last read by each of a course's seconds; null: not yet. */
export interface TableCourse {
  readonly table: string;
  readonly deadRows: readonly (number | null)[];
  readonly bytes: readonly (number | null)[];
  /** Dead rows where a vacuum ended since the reading before. */
  readonly vacuumed: readonly (number | null)[];
}

export interface RunPageData extends Course {
  readonly kind: "run";
  readonly tables: readonly TableCourse[];
  readonly spectra: readonly Spectrum[];
}

/** Of a page that is open while the run goes on; the rest comes as events. */
export interface LivePageData {
  readonly kind: "live";
  /** Of this run alone: another one may have the port by the time that a page asks again. */
  readonly token: string;
  readonly warmupMs: number;
  /** Null: until all transactions are done. */
  readonly durationMs: number | null;
  /** Of the run, as a command line names it. */
  readonly folder: string;
}

export interface SweepPageData {
  readonly kind: "sweep";
  readonly sweep: Plotted;
}

/** A line of a side's spectrum: of one of its runs, counted from 1, or of all of them (null). */
export interface SideLine {
  readonly side: "baseline" | "candidate";
  readonly run: number | null;
  readonly points: SpectrumLine["points"];
}

/** Latencies of an operation on both sides. */
export interface Distribution {
  readonly operation: string;
  readonly counts: { readonly baseline: number; readonly candidate: number };
  /** Where each bin begins, and the share of each side's transactions in it; all are as wide by their logarithms. */
  readonly bins: readonly (readonly [fromUs: number, baseline: number, candidate: number])[];
  readonly lines: readonly SideLine[];
}

export interface ComparePageData {
  readonly kind: "compare";
  readonly distributions: readonly Distribution[];
}

/** Of a page whose figures are all drawn without a script. */
export interface VariantsPageData {
  readonly kind: "variants";
}

/** A night of a run's history; the last one is tonight. */
export interface HistoryNight {
  /** Its day, such as "2026-11-21". */
  readonly day: string;
  /** Of the primary figure; null: the run was no evidence, or there was none. */
  readonly value: number | null;
  /** Counted from 0, tonight's: of another one are nights that cannot be held against tonight. */
  readonly ground: number;
  /** How it was judged that night; null: it was not. */
  readonly judged: string | null;
}

/** From that night on the figure was another one. */
export interface HistoryMove {
  readonly night: number;
  readonly isWorse: boolean;
  /** One night alone has it. */
  readonly isWeak: boolean;
  readonly text: string;
}

export interface History {
  readonly run: string;
  /** By which it is judged. */
  readonly figure: string;
  readonly unit: FigureKind["unit"];
  readonly nights: readonly HistoryNight[];
  readonly moves: readonly HistoryMove[];
}

export interface NightPageData {
  readonly kind: "night";
  readonly histories: readonly History[];
}

/** Of a page whose charts are drawn once and for all. */
export type StillPageData = SweepPageData | ComparePageData | VariantsPageData | NightPageData;

export type PageData = RunPageData | LivePageData | StillPageData;

/** Of a run: each is drawn where the page has a figure of that name. */
export type ChartName = "load" | "server" | "tables" | "spectrum";
