/** A schema with its data, the variants of both, and what must hold in it after every run. */
import type { Scalar } from "./step.ts";

/** Whole numbers by name, such as `{ documents: 2000, references: 200000 }`. */
export type FixtureParameters = Readonly<Record<string, number>>;

/** The rows of one table, always the same for the same parameters. */
export interface TableData {
  /** Schema-qualified. */
  readonly table: string;
  /** In the order of the rows' values; left out are columns that the database fills. */
  readonly columns: readonly string[];
  /** How many rows to expect, for the progress bar. */
  readonly count: (parameters: FixtureParameters) => number;
  readonly rows: (parameters: FixtureParameters) => Iterable<readonly Scalar[]>;
}

/** One way to build the schema or to write to it: names of .sql files in the system's folder. */
export interface Variant {
  readonly summary: string;
  /** Run on an empty database: tables without keys and indexes, since data loads faster into them. */
  readonly beforeData: readonly string[];
  /** Run once the data is there: keys, indexes, functions, payloads. */
  readonly afterData: readonly string[];
}

/** A question to the database to which every returned row is a violation. */
export interface Invariant {
  readonly name: string;
  /** What must hold, as a sentence; it stands in the report. */
  readonly holds: string;
  /** May use the fixture's parameters as `:name`. Returns text columns; no rows means it holds. */
  readonly violations: string;
}

/**
 * What transactions overwrite as a whole, each under a key: with it the audit tells whose write was
 * the last. See `writes` of a planned transaction.
 */
export interface Registers {
  /** What has a key, such as "document". */
  readonly noun: string;
  /** What a value consists of, such as "references". */
  readonly items: string;
  /**
   * Takes keys as $1 (text[]). Returns `key` and `value` for each: a JSON array of texts, in any
   * order, or null for what is not there.
   */
  readonly values: string;
}

export interface System {
  readonly name: string;
  readonly summary: string;
  /** The parameters of each named size. */
  readonly sizes: Readonly<Record<string, FixtureParameters>>;
  readonly defaultSize: string;
  /** Why these parameters make no sense, one sentence each; empty if they do. */
  readonly problemsOf: (parameters: FixtureParameters) => readonly string[];
  readonly variants: Readonly<Record<string, Variant>>;
  readonly defaultVariant: string;
  readonly tables: readonly TableData[];
  readonly invariants: readonly Invariant[];
  /** Null: there is nothing of the kind. */
  readonly registers: Registers | null;
}
