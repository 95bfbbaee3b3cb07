/** What the charts of a page are drawn from: plain data, in the page as JSON. */

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
  /** Busy sessions by what they waited for. */
  readonly waits: Readonly<Record<string, number>>;
  /** Sessions that waited for a lock, by who waited for whom. */
  readonly edges: Readonly<Record<string, number>>;
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

export interface RunPageData {
  readonly kind: "run";
  readonly seconds: readonly Second[];
  readonly faults: readonly FaultSpan[];
  readonly spectra: readonly Spectrum[];
}

export type PageData = RunPageData;

/** Each is drawn where the page has a figure of that name. */
export type ChartName = "load" | "server" | "spectrum";
