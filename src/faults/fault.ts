/**
 * What a fault is: register the undo, inject, prove the effect, undo. A fault declares how far its
 * damage reaches, what it may be given, and how it proves from the server that it took hold.
 */
import type { FaultEvidence } from "../core/evidence.ts";
import type { ParameterLimits } from "../core/fault-text.ts";
import type { Row, Scalar } from "../core/step.ts";

/** How far a fault reaches. Cluster and host faults need the embedded server, or explicit consent. */
export type BlastRadius = "session" | "database" | "cluster" | "host";

/** The value of each parameter, in its unit. */
export type FaultParameters = Readonly<Record<string, number>>;

/** The database that a fault acts on, over a connection of the fault's own. */
export interface FaultTarget {
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
}

/** What a fault may do to the run's own sessions. */
export interface SessionControl {
  /** At most `max` sessions may use their connection at a time; null lifts the limit. */
  limitConnections(max: number | null): void;
  /** Process ids, by the server's account, of the backends that they are connected to now; null: it did not answer. */
  backends(): Promise<readonly number[] | null>;
}

export interface FaultContext {
  readonly target: FaultTarget;
  readonly sessions: SessionControl;
}

/** What it takes to undo a fault, as JSON: it is journalled before the injection. */
export type UndoRecord = { readonly [name: string]: Scalar | UndoRecord | readonly UndoRecord[] };

export interface Proof {
  readonly effective: boolean;
  /** What was seen, with the figures. */
  readonly evidence: string;
}

export interface Fault {
  readonly name: string;
  /** One line for `loadgen list faults`. */
  readonly summary: string;
  readonly radius: BlastRadius;
  /** Sessions may lose their connection by it: then the run keeps a ledger unless told otherwise. */
  readonly dropsConnections: boolean;
  /** By name, as in `name=value` on the command line. */
  readonly parameters: Readonly<Record<string, ParameterLimits>>;
  /** Missing privileges and other reasons why it could not work here, before anything starts. */
  check(target: FaultTarget): Promise<readonly string[]>;
  /**
   * Reads what the undo will need; changes nothing. Null where the fault lives in the generator's
   * memory alone, or in the backends of its sessions, and goes with them: there is nothing to journal.
   */
  prepareUndo(context: FaultContext, parameters: FaultParameters): Promise<UndoRecord | null>;
  /** `undo`: what prepareUndo read. Only what is in it may be changed, for only that is put back. */
  inject(
    context: FaultContext,
    parameters: FaultParameters,
    undo: UndoRecord | null,
  ): Promise<void>;
  /** Says from the evidence whether the fault took hold. Pure. */
  prove(evidence: FaultEvidence, parameters: FaultParameters): Proof;
  /**
   * Puts back what was there. May run twice, and in another process than the injection. Throws if
   * it cannot; the message says what is left and how to undo it by hand.
   */
  undo(context: FaultContext, undo: UndoRecord | null): Promise<void>;
}
