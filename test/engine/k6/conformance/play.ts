/**
 * A play is what both engines are to perform, and what they tell of it: a generator of a connection's
 * steps, as a transaction is, in a module that k6 can run, too. What it returns is plain data.
 */
import { Failure } from "../../../../src/core/failure.ts";
import {
  type ConnectionStep,
  type Parameter,
  type Row,
  type Scalar,
  statement,
  type Step,
} from "../../../../src/core/step.ts";

/** What somebody else does meanwhile, on a connection of their own. */
interface Elsewhere {
  readonly kind: "elsewhere";
  readonly sql: string;
}

export type PlayStep = Step | Elsewhere;

export type Play = Generator<PlayStep, readonly Told[], readonly Row[]>;

/** Of a step: its rows, as names and values in order, or the failure. */
export type Told =
  | readonly (readonly (readonly [string, ToldValue])[])[]
  | { readonly kind: string; readonly code: string; readonly committing?: boolean }
  | string;

/** A number that JSON, or k6's way to write it, would change, is told by its bits. */
type ToldValue = Scalar | { readonly bits: string };

export interface Case {
  readonly name: string;
  readonly play: () => Play;
  /** What comes of it on both engines, in short: see `outlineOf`. Null: nothing but that it is the same. */
  readonly outline: readonly string[] | null;
}

/** The name of the session that performs, by which others find it. */
export const playerName = "loadgen/conform/0";

export const begin: ConnectionStep = { kind: "begin", isolation: "read-committed" };
export const commit: ConnectionStep = { kind: "commit" };
export const rollback: ConnectionStep = { kind: "rollback" };

type StatementStep = Extract<ConnectionStep, { kind: "query" | "execute" }>;

export function query(sql: string, ...parameters: Parameter[]): StatementStep {
  return { kind: "query", statement: statement("asked", sql), parameters };
}

export function execute(sql: string, ...parameters: Parameter[]): StatementStep {
  return { kind: "execute", statement: statement("done", sql), parameters };
}

export function elsewhere(sql: string): Elsewhere {
  return { kind: "elsewhere", sql };
}

/** Resolves when the backend is gone. */
export const kill = elsewhere(
  `select pg_terminate_backend(pid, 30000) from pg_stat_activity
  where datname = current_database() and application_name = '${playerName}'`,
);

export const isAlive = query("select $1::integer as alive", 1);

/** Performs step after step, whatever comes of each. */
export function* told(...steps: readonly PlayStep[]): Play {
  const all: Told[] = [];
  let isInside = false;
  for (const step of steps) {
    try {
      const rows = yield step;
      all.push(rows.map(toldRow));
      if (step.kind === "begin") isInside = true;
    } catch (failure) {
      all.push(toldFailure(failure, isInside || step.kind === "begin" || step.kind === "commit"));
    }
    if (step.kind === "commit" || step.kind === "rollback") isInside = false;
  }
  return all;
}

export function playing(name: string, ...steps: readonly PlayStep[]): Case {
  return { name, play: () => told(...steps), outline: null };
}

export function ending(
  outline: readonly string[],
  name: string,
  ...steps: readonly PlayStep[]
): Case {
  return { name, play: () => told(...steps), outline };
}

function toldRow(row: Row): readonly (readonly [string, ToldValue])[] {
  return Object.entries(row).map(([name, value]) => [name, toldValue(value)]);
}

function toldValue(value: Scalar): ToldValue {
  if (typeof value !== "number") return value;
  if (Number.isNaN(value)) return { bits: "NaN" };
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return value;
  const words = new Uint32Array(new Float64Array([value]).buffer);
  return { bits: [...words].map((word) => word.toString(16)).join(" ") };
}

/**
 * What is outside BEGIN commits by itself on Node and is in a transaction in k6, so that only k6 knows
 * that it did not commit. And which farewell the server gave, lib/pq keeps to itself.
 */
function toldFailure(failure: unknown, isInside: boolean): Told {
  if (!(failure instanceof Failure)) throw failure;
  const { kind, code, committing } = failure;
  const known = kind === "connection" ? "lost" : code;
  return { kind, code: known, ...(isInside ? { committing } : {}) };
}

/** The number of its rows, or the code, with a question mark where it may have committed. */
export function outlineOf(all: readonly Told[]): readonly string[] {
  return all.map((one) => {
    if (typeof one === "string") return one;
    if ("kind" in one) return `${one.code}${one.committing === true ? "?" : ""}`;
    return String(one.length);
  });
}
