/** A schema with its data, the variants of both, and what must hold in it after every run. */
import type { Parsed } from "./parsed.ts";
import type { Scalar } from "./step.ts";

/** Whole numbers by name, such as `{ documents: 2000, references: 200000 }`. */
export type FixtureParameters = Readonly<Record<string, number>>;

/** Where a parameter's value comes from: what comes later is stronger. */
export interface ChangedParameters {
  readonly named: FixtureParameters;
  readonly ofVariant: FixtureParameters;
  readonly given: FixtureParameters;
}

/** Rows in a row, as COPY reads them: values between tabs, a line each. */
export interface RowBlock {
  readonly rows: number;
  /** Or the same in UTF-8. */
  readonly text: string | Uint8Array;
}

/** The rows of one table, always the same for the same parameters. */
export interface TableData {
  /** Schema-qualified. */
  readonly table: string;
  /** Of exported files, and of the table unless a variant has others; left out is what the database fills. */
  readonly columns: readonly string[];
  /** How many rows there are. */
  readonly count: (parameters: FixtureParameters) => number;
  /** With the values of these columns, in their order. */
  readonly rows: (
    parameters: FixtureParameters,
    columns: readonly string[],
  ) => Iterable<readonly Scalar[]>;
  /**
   * The same rows without the first `from`, as text that is put together faster than from values. Null:
   * there is none of these columns, and it is made of `rows`.
   */
  readonly blocks: (
    parameters: FixtureParameters,
    columns: readonly string[],
    from: number,
  ) => Iterable<RowBlock> | null;
}

/** A .sql file in the system's folder, and what it makes; `:name` in it is a parameter's value. */
export interface Part {
  /** What variants call it by, such as "write-path". */
  readonly name: string;
  readonly file: string;
}

/** How a schema is made: tables without keys and indexes first, since data loads faster into them. */
export interface Parts {
  readonly beforeData: readonly Part[];
  /** Keys, indexes, functions, payloads. */
  readonly afterData: readonly Part[];
}

/**
 * One way to build the schema or to write to it: what it has instead of the system's own parts, and
 * what it has beside them. Several make one variant if no two of them change the same.
 */
export interface Variant {
  readonly summary: string;
  /** Its own file for a part, by the part's name; null: it does without. */
  readonly replaces: Readonly<Record<string, string | null>>;
  /** Files that are run after a part, by the part's name. */
  readonly adds: Readonly<Record<string, string>>;
  /** Parameters of the data that it sets. */
  readonly parameters: FixtureParameters;
  /** The columns of tables that have others than TableData says, by table. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** Settings of the run's database, by name: what a session finds there unless it sets its own. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of strategies that are not the system's default: how scenarios go about it. */
  readonly strategies: Strategies;
  /** What it does otherwise than the default variant, beside being faster or slower: a sentence each. */
  readonly differs: readonly string[];
}

/** One of the things that scenarios of a system do in several ways, such as how they insert. */
export interface Strategy {
  readonly values: readonly string[];
  readonly default: string;
  /** Those that take what other engines than pg do not have: why, by value, as a clause. */
  readonly onPgAlone: Readonly<Record<string, string>>;
}

/** Of every strategy of a system, by name, the value that a variant has. */
export type Strategies = Readonly<Record<string, string>>;

/** How the rows of a system are made by the database alone. */
export interface Generated {
  /**
   * By table: a .sql file in the system's folder, a query with every column that TableData or a variant
   * names, and `ordinal`, the row's number from 0; of the rows from `:from` up to, without, `:until`.
   */
  readonly queries: Readonly<Record<string, string>>;
  /** What `:name` of a parameter is where there is none of that name. */
  readonly defaults: FixtureParameters;
}

/** How exported files, one a table, are read back. */
export interface Imported {
  /** Of how many rows each table has: the parameters of such data, or what does not fit, a sentence each. */
  readonly sizesOf: (rows: Readonly<Record<string, number>>) => Parsed<FixtureParameters>;
  /** By column: the parameter that its whole numbers, from 0, stay below. */
  readonly below: Readonly<Record<string, string>>;
  /** Parameters of variants that change the rows, which those of files are not. */
  readonly changing: readonly string[];
}

/** A question to the database to which every returned row is a violation. */
export interface Invariant {
  readonly name: string;
  /** What must hold, as a sentence; it stands in the report. */
  readonly holds: string;
  /**
   * May use the fixture's parameters as `:name`. Where the system has registers, it takes as $1 (text[])
   * the keys of those that the run has certainly written, and without there is no $1. Returns text
   * columns; no rows means it holds.
   */
  readonly violations: string;
}

/** What invariants look at, so that a report can say how much that was. */
export interface Audited {
  /** Such as "reference". */
  readonly noun: string;
  /** With parameters as above, and with $1 where the system has registers alone; returns `count` as text. */
  readonly count: string;
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

export interface StoredPayloads {
  /** The SQL that stores them beside the data, which depends on nothing else. */
  readonly script: string;
  /** What those who ask for them should know of them and the generator's rows, one sentence each. */
  readonly notes: () => readonly string[];
}

export interface System {
  readonly name: string;
  readonly summary: string;
  /** The parameters of each named size. */
  readonly sizes: Readonly<Record<string, FixtureParameters>>;
  readonly defaultSize: string;
  /** Of each parameter that the command line may change, a line of help. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What parameters become because others were changed, unless they are given themselves. */
  readonly following: (changed: ChangedParameters) => FixtureParameters;
  /** Why these parameters make no sense, one sentence each; empty if they do. */
  readonly problemsOf: (parameters: FixtureParameters) => readonly string[];
  /** What those who ask for these parameters should know, one sentence each. `files`: the variant's .sql. */
  readonly notesOn: (parameters: FixtureParameters, files: readonly string[]) => readonly string[];
  readonly parts: Parts;
  /** In the order in which several are composed. */
  readonly variants: Readonly<Record<string, Variant>>;
  readonly defaultVariant: string;
  readonly strategies: Readonly<Record<string, Strategy>>;
  readonly tables: readonly TableData[];
  /** Null: the rows can only be sent. */
  readonly generated: Generated | null;
  /**
   * Of a file that describes payloads of the user's own. `path` is for problems and notes. Null: there
   * is nothing of the kind.
   */
  readonly payloads:
    ((text: string, path: string, parameters: FixtureParameters) => Parsed<StoredPayloads>) | null;
  /** Null: files cannot be loaded. */
  readonly imported: Imported | null;
  readonly invariants: readonly Invariant[];
  readonly audited: Audited;
  /** Null: there is nothing of the kind. */
  readonly registers: Registers | null;
}
