/**
 * What a fault is: register the undo, inject, prove the effect, undo. A fault declares how far its
 * damage reaches, what it may be given, and how it proves from the server that it took hold.
 */
import type { BlastRadius } from "../core/chaos-schedule.ts";
import type { FaultEvidence, Figures } from "../core/evidence.ts";
import type { ParameterLimits, ParameterValues } from "../core/fault-text.ts";
import type { Random } from "../core/random.ts";
import type { Row, Scalar } from "../core/step.ts";
import type { HostControl } from "./host.ts";
import type { NetworkControl, PoolerControl, Way } from "./ways.ts";

/** The value of each parameter, in its unit. */
export type FaultParameters = ParameterValues;

/** The database that a fault acts on, over a connection of the fault's own. */
export interface FaultTarget {
  /** Rejects with a ServerError. */
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
}

/** One more connection of a fault's: for what holds a lock, a snapshot, a slot or a backend. */
export interface FaultConnection extends FaultTarget {
  readonly pid: number;
  /** Ends its backend, whatever that is doing, and waits until it is gone. */
  end(): Promise<void>;
}

/** What a fault may do to the run's own sessions. */
export interface SessionControl {
  /** What the application_name of each of them begins with; the session's number follows. */
  readonly prefix: string;
  /** At most `max` sessions may use their connection at a time; null lifts the limit. */
  limitConnections(max: number | null): void;
  /** Process ids, by the server's account, of the backends that they are connected to now; null: it did not answer. */
  backends(): Promise<readonly number[] | null>;
}

/** Where a fault looks before the run whether it could work. */
export interface FaultPlace {
  readonly target: FaultTarget;
  /** Null: the server's processes are not ours to stop. */
  readonly host: HostControl | null;
}

export interface FaultContext extends FaultPlace {
  /**
   * Opens a connection that is ended when the fault is over, or when loadgen dies: it has keepalives,
   * and timeouts a little longer than the fault is to last. Rejects with a ServerError.
   */
  connect(): Promise<FaultConnection>;
  /**
   * Does something for as long as the fault is in force: the signal aborts when it is over, and then
   * the connections end. What fails while the fault is in force is told with its evidence.
   */
  background(work: (over: AbortSignal) => Promise<void>): void;
  readonly sessions: SessionControl;
  /** Of this fault in this run: the same for the same seed. */
  readonly random: Random;
  /** Not null where `via` asked for it. */
  readonly network: NetworkControl | null;
  readonly pooler: PoolerControl | null;
}

/** What it takes to undo a fault, as JSON: it is journalled before the injection. */
export type UndoRecord = { readonly [name: string]: Scalar | UndoRecord | readonly UndoRecord[] };

/** A fault that was injected, as long as the process lives that injected it. */
export interface InForce {
  /** What was seen on the server since the injection, for the proof; asked once, before the release. */
  figures(): Promise<Figures>;
  /** What only shows once it is over, beside the figures from before; asked once, after the undo. */
  afterwards?(): Promise<Figures>;
  /**
   * Ends what neither the end of the connections nor the undo ends. May run twice; throws if it
   * cannot, and says what is left and how to undo it by hand.
   */
  release(): Promise<void>;
  /** Of a fault that ends by itself: resolves when its work is done, or failed; never rejects. */
  readonly ended?: Promise<void>;
}

/** For faults that have nothing to tell, or nothing to release. */
export const nothingInForce: InForce = Object.freeze({
  figures: () => Promise.resolve({}),
  release: () => Promise.resolve(),
});

export interface Undo {
  /** Reads what the undo will need; changes nothing. It is journalled before the injection. */
  prepare(context: FaultContext, parameters: FaultParameters): Promise<UndoRecord>;
  /**
   * Puts back what was there. May run twice, and in another process than the injection. Throws if
   * it cannot; the message says what is left and how to undo it by hand.
   */
  perform(place: FaultPlace, record: UndoRecord): Promise<void>;
  /** What it found and left to its owner, in words, for who restores; empty: nothing. Changes nothing. */
  left?(place: FaultPlace, record: UndoRecord): Promise<string>;
}

/** What a fault leaves to be repaid once it is over: dead rows, log files. */
export interface Debt {
  /** Such as "dead rows", "bytes of log files"; the report has the figure before it. */
  readonly unit: string;
  /** How old the server's figure may be: until then it may still grow after the fault is over. */
  readonly lateMs: number;
  /** How much of it there is now. */
  read(target: FaultTarget): Promise<number>;
}

export interface Proof {
  readonly effective: boolean;
  /** What was seen, with the figures. */
  readonly evidence: string;
}

export interface Fault {
  readonly name: string;
  /** One line for `loadgen list faults`. */
  readonly summary: string;
  /**
   * How far it reaches. Cluster and host faults need the embedded server, or explicit consent; a host
   * fault acts on the server's processes, and is undone without asking the server.
   */
  readonly radius: BlastRadius;
  /** Sessions may lose their connection by it: then the run keeps a ledger unless told otherwise. */
  readonly dropsConnections: boolean;
  /** Transactions may fail by it, and that is its purpose. */
  readonly endsTransactions: boolean;
  /**
   * A side task, over when its work is done. What the run shows is how it goes meanwhile: a task that
   * failed, or was not done by the end, counts as not effective. Left out: it lasts until it is undone.
   */
  readonly endsByItself?: true;
  /** What the server had in memory is lost by it: its data are then recovered from its log. */
  readonly crashes?: true;
  /** By name, as in `name=value` on the command line. */
  readonly parameters: Readonly<Record<string, ParameterLimits>>;
  /** Those that are otherwise on the engine k6, whose sessions share nothing with this process. */
  readonly onK6?: Readonly<Record<string, ParameterLimits>>;
  /** What is to be put between the sessions and the server before they connect. Left out: nothing. */
  readonly via?: (parameters: FaultParameters) => Way | null;
  /** Sessions are to parse every statement with parameters each time. Left out: once a connection. */
  readonly parsesEachTime?: true;
  /** Missing privileges and other reasons why it could not work here, before anything starts. */
  check(place: FaultPlace, parameters: FaultParameters): Promise<readonly string[]>;
  /**
   * Left out where all that the fault does ends with this process, however that ends: it lives in
   * its memory, in its connections, or in the backends of its sessions. Then nothing is journalled.
   */
  readonly undo?: Undo;
  /** `record`: what `undo.prepare` read. Only what is in it may be changed, for only that is put back. */
  inject(
    context: FaultContext,
    parameters: FaultParameters,
    record: UndoRecord | null,
  ): Promise<InForce>;
  /** Says from the evidence whether the fault took hold. Pure. */
  prove(evidence: FaultEvidence, parameters: FaultParameters): Proof;
  /** Left out: it leaves none. */
  readonly debt?: Debt;
}
