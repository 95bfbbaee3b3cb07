/** What a transaction may ask of the server. Plain data: it is the engine that performs it. */

export type Scalar = string | number | boolean | null;
export type Parameter = Scalar | readonly Scalar[];

/**
 * A row as both engines deliver it. Select only int4, float8, boolean and text, and cast the rest
 * to text in SQL: the drivers disagree about every other type (int8, numeric, uuid, arrays, times).
 */
export type Row = Readonly<Record<string, Scalar>>;

/** A type that COPY's binary format is sent of; its value is written as in the text format, times in ISO 8601. */
export type BinaryType =
  "bool" | "bytea" | "int4" | "int8" | "numeric" | "text" | "timestamptz" | "uuid";

export type Isolation = "read-committed" | "repeatable-read" | "serializable";

/** A statement known by a name of its own: prepared once a connection, timed under its name. */
export interface Statement {
  readonly name: string;
  readonly sql: string;
}

/**
 * A place of a modelled service that only so many requests are in at a time: a lock (1), its cores,
 * its worker threads. All sessions of a run share the gate of a name.
 */
export interface Gate {
  readonly name: string;
  readonly capacity: number;
}

/** Something that a modelled service keeps until it is out of date; shared by name, too. */
export interface Cache {
  readonly name: string;
  /** After so long it is out of date; it is, too, before it was first filled. */
  readonly lastsMs: number;
  /** From so long before that on, one who looks is asked to fill it ahead; 0: nobody ever is. */
  readonly aheadMs: number;
}

/**
 * How a cache is found: up to date; still so, and whoever looks is the one to fill it ahead; out of
 * date, for everybody who looks until somebody has filled it.
 */
export type CacheState = "fresh" | "ahead" | "due";

/**
 * What sessions remember by key in the memory of what drives them: all of a thread share the store
 * of a name. It knows of no change but those that are made known to it.
 */
export interface Store {
  readonly name: string;
  /** The server's notifications on it name keys to be forgotten; null: nobody tells. */
  readonly channel: string | null;
}

/**
 * Transactions side by side, the first on the session's own connection, each other one on a further
 * one: over when all have ended. They do not commit as one: if some fail, others are committed.
 */
export interface TogetherStep {
  readonly kind: "together";
  readonly parts: readonly (() => Generator<Step, unknown, readonly Row[]>)[];
}

export type Step = ConnectionStep | StoreStep | ServiceStep | TogetherStep;

/** What a connection performs. */
export type ConnectionStep =
  | { readonly kind: "begin"; readonly isolation: Isolation }
  | {
      /** `query` wants the rows; `execute` does not (k6 reports late errors only for the latter). */
      readonly kind: "query" | "execute";
      readonly statement: Statement;
      readonly parameters: readonly Parameter[];
    }
  | {
      /** COPY … FROM STDIN, with all its rows. Engine pg alone has it. */
      readonly kind: "copy";
      readonly statement: Statement;
      readonly rows: readonly (readonly Scalar[])[];
      /** As the statement has it; of binary rows the columns' types. */
      readonly format: "text" | readonly BinaryType[];
    }
  | { readonly kind: "commit" }
  | { readonly kind: "rollback" }
  /** Client time, spent while the connection is held. */
  | { readonly kind: "pause"; readonly ms: number };

/** What costs the server nothing. Engine pg alone has it: sessions of k6 share no memory. */
export type StoreStep =
  /** A row for each key that is found: `key` and `value`. */
  | { readonly kind: "recall"; readonly store: Store; readonly keys: readonly string[] }
  | {
      readonly kind: "remember";
      readonly store: Store;
      readonly entries: readonly (readonly [key: string, value: string])[];
    }
  | {
      readonly kind: "forget";
      readonly store: Store;
      readonly keys: readonly string[];
      /** They were found, and proved to be out of date. */
      readonly isStale: boolean;
    };

/** What only a request to a modelled service asks for; see `service` of a scenario. */
export type ServiceStep =
  /** Waits for a place in the gate. */
  | { readonly kind: "enter"; readonly gate: Gate }
  /** Whoever enters leaves, whatever happens. */
  | { readonly kind: "leave"; readonly gate: Gate }
  /** Takes a connection for the steps that follow, from the pool if there is one. One at a time. */
  | { readonly kind: "take-connection" }
  | { readonly kind: "return-connection" }
  /** One row: `state` is a CacheState. */
  | { readonly kind: "look-up"; readonly cache: Cache }
  /** From now on it is up to date. */
  | { readonly kind: "filled"; readonly cache: Cache };

/** The text is sent as it is: white space may be inside a literal, or end a comment. */
export function statement(name: string, sql: string): Statement {
  return Object.freeze({ name, sql: sql.trim() });
}
