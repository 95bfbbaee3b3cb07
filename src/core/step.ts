/** What a transaction may ask of the server. Plain data: it is the engine that performs it. */

export type Scalar = string | number | boolean | null;
export type Parameter = Scalar | readonly Scalar[];

/**
 * A row as both engines deliver it. Select only int4, float8, boolean and text, and cast the rest
 * to text in SQL: the drivers disagree about every other type (int8, numeric, uuid, arrays, times).
 */
export type Row = Readonly<Record<string, Scalar>>;

export type Isolation = "read-committed" | "repeatable-read" | "serializable";

/** A statement known by a name of its own: prepared once a connection, timed under its name. */
export interface Statement {
  readonly name: string;
  readonly sql: string;
}

export type Step =
  | { readonly kind: "begin"; readonly isolation: Isolation }
  | {
      /** `query` wants the rows; `execute` does not (k6 reports late errors only for the latter). */
      readonly kind: "query" | "execute";
      readonly statement: Statement;
      readonly parameters: readonly Parameter[];
    }
  | { readonly kind: "commit" }
  | { readonly kind: "rollback" }
  /** Client time, spent while the connection is held. */
  | { readonly kind: "pause"; readonly ms: number };

/** The text is sent as it is: white space may be inside a literal, or end a comment. */
export function statement(name: string, sql: string): Statement {
  return Object.freeze({ name, sql: sql.trim() });
}
