/**
 * What sessions do to a system. Start reading here: a scenario prepares a world (what its
 * transactions are drawn from) once, and then draws one transaction after the other from keyed
 * random streams. `scenarios/dms/concurrent.ts` is the example.
 */
import type { Random } from "./random.ts";
import type { RetryPolicy } from "./retry.ts";
import type { Strategies } from "./system.ts";
import type { Store } from "./step.ts";
import type { Transaction, TransactionSettings } from "./transaction.ts";

/** An option of one scenario, beside those that every run has; also its line of help. */
export type ScenarioOption =
  | { readonly kind: "flag"; readonly help: string }
  | {
      readonly kind: "integer";
      readonly min: number;
      readonly default: number | null;
      readonly help: string;
    }
  | {
      readonly kind: "choice";
      readonly values: readonly string[];
      readonly default: string;
      readonly help: string;
    }
  | { readonly kind: "text"; readonly default: string; readonly help: string }
  | {
      /** `name=weight,…`: whole shares of a mix. */
      readonly kind: "weights";
      readonly default: Readonly<Record<string, number>>;
      readonly help: string;
    };

export type ScenarioOptions = Readonly<Record<string, ScenarioOption>>;

export type OptionValue = boolean | number | string | null | Readonly<Record<string, number>>;

/** The values that the plan gives a scenario's options. */
export type ValuesOf<Options extends ScenarioOptions> = {
  readonly [Name in keyof Options]: Options[Name] extends { kind: "flag" }
    ? boolean
    : Options[Name] extends { kind: "integer"; default: infer Default }
      ? number | (null extends Default ? null : never)
      : Options[Name] extends { kind: "choice"; values: readonly (infer Value)[] }
        ? Value
        : Options[Name] extends { kind: "text" }
          ? string
          : Readonly<Record<string, number>>;
};

/** What a scenario may know of the plan. */
export interface Context<
  Options extends ScenarioOptions = ScenarioOptions,
> extends TransactionSettings {
  readonly seed: number;
  readonly sessions: number;
  /** Of its system, as the variant has them. */
  readonly strategies: Strategies;
  readonly options: ValuesOf<Options>;
}

/** What a transaction leaves under a key as a whole, whatever was there before. */
export interface Write {
  /** As the system's `registers` know it, such as a document's id. */
  readonly key: string;
  /** In any order; null: it is gone. Asked for after the run, and only of those that may be the last. */
  readonly value: () => readonly string[] | null;
}

/** One transaction, fully decided: nothing is drawn after this, so that a retry repeats it exactly. */
export interface Planned {
  /** What it is for; latency, errors and thresholds are counted by it. */
  readonly operation: string;
  /** Everything that was drawn; the run's digest covers it. */
  readonly inputs: readonly (string | number)[];
  /** The transaction itself, anew for every attempt. */
  readonly steps: () => Transaction<unknown>;
  /**
   * What it leaves behind, by the last of its transactions if there are several, unless its steps
   * return false: then it found nothing to write. Held against the data after the run. Left out: it
   * writes nothing that the system has registers of.
   */
  readonly writes?: readonly Write[];
}

/** A change of a scenario's options that widens what may limit it: tried when a plateau is explained. */
export interface Fix {
  /** Such as "schema=swap". */
  readonly name: string;
  /** What is done, as a clause: "schema readers go in parallel, a reload swaps". */
  readonly summary: string;
  /** What it widens: a gate of the modelled service, locks between sessions, or the way to the server. */
  readonly relieves:
    | { readonly kind: "service-gate"; readonly gate: string }
    | { readonly kind: "lock" | "network" };
  /** Options by name with their values then. */
  readonly options: Readonly<Record<string, OptionValue>>;
}

export interface Scenario<World = unknown, Options extends ScenarioOptions = ScenarioOptions> {
  /** As on the command line. */
  readonly name: string;
  /** One line for `loadgen list`. */
  readonly summary: string;
  /** The system whose schema and data it needs, or null: an empty database (or `--existing`). */
  readonly system: string | null;
  readonly operations: readonly string[];
  readonly defaults: {
    readonly sessions: number;
    readonly thinkMs: readonly [number, number];
    /** Left out: each session has a connection of its own. */
    readonly poolMax?: number;
  };
  readonly options: Options;
  /**
   * Its transactions are requests to a modelled service: they pass its gates, and take and return
   * connections, by steps of their own. Left out: each has a connection from its first step to its last.
   */
  readonly service?: true;
  /** Why its transactions cannot leave entries in a ledger, and what to do; left out: they can. */
  readonly ledgerProblem?: string;
  /** How many connections each session has, for parts that go side by side; left out: one. */
  connections?(context: Context<Options>): number;
  /** What its sessions remember, where notifications tell what to forget; left out: nothing. */
  stores?(context: Context<Options>): readonly Store[];
  /** Left out: it has none. */
  readonly fixes?: readonly Fix[];
  readonly retry: RetryPolicy;
  /** Judged in every run, as in a threshold file: metric to expressions. */
  readonly thresholds: Readonly<Record<string, readonly string[]>>;
  /** Reads, once before the sessions start, what transactions are drawn from. */
  prepare(context: Context<Options>): Transaction<World>;
  /**
   * Draws one transaction; all randomness comes from `random`.
   * @param owner the session that it is for; in an open loop, where any session may run it, its arrival's
   * number modulo the number of sessions. For scenarios in which each session has something of its own.
   */
  draw(random: Random, world: World, context: Context<Options>, owner: number): Planned;
}

/** Checks a scenario's types where it is written, and forgets them: below, all scenarios are alike. */
export function defineScenario<World, const Options extends ScenarioOptions>(
  scenario: Scenario<World, Options>,
): Scenario {
  return Object.freeze(scenario);
}
