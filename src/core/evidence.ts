/**
 * What was seen in one window of a run, by the server's own account and by the generator's. Faults
 * prove their effect from it, and the report prints it. Measurements only: no options, no names of
 * faults.
 */
export interface Spread {
  readonly mean: number;
  readonly max: number;
}

/** From pg_stat_activity, a few times a second; only sessions of this run. */
export interface ActivityEvidence {
  readonly samples: number;
  /** Active plus idle in transaction. */
  readonly busy: Spread;
  readonly active: Spread;
  readonly idleInTransaction: Spread;
  /** Backends of the run that existed, in the largest sample. */
  readonly connections: number;
}

/** From pg_stat_all_tables, summed over the children of partitioned tables and their toast tables. */
export interface TableEvidence {
  /** Autovacuum runs within the window. */
  readonly autovacuums: number;
  /** Dead rows as the statistics had them at both edges of the window. */
  readonly deadTuplesAtStart: number;
  readonly deadTuplesAtEnd: number;
  /** Tables with more dead rows at the end than autovacuum's threshold and scale factor allow. */
  readonly tablesDueAtEnd: number;
  /** Rows made dead in the window: updates plus deletes. Does not fall when vacuum runs. */
  readonly deadTuplesMade: number;
}

/** How long transactions waited that finished in the window. */
export interface WaitEvidence {
  readonly count: number;
  readonly meanUs: number;
  readonly maxUs: number;
}

/** From /proc/<pid>/status of the backends of this run, at one time. */
export interface CoresSeen {
  readonly backends: number;
  /** How many cores there are that one or another of them may use. */
  readonly cores: number;
}

/** The same at both edges of a window. */
export interface CoreEvidence {
  /** At the edge where they were fewer. */
  readonly backends: number;
  readonly fewest: number;
  readonly most: number;
}

/** By the server's statistics, what happened between both edges of a window. */
export interface ServerEvidence {
  /** In this database. */
  readonly commits: number;
  readonly rollbacks: number;
  readonly deadlocks: number;
  readonly tempBytes: number;
  /** Sessions that were established, and of those that ended: abandoned by their client, ended by an error, by somebody else. */
  readonly sessions: number;
  readonly sessionsAbandoned: number;
  readonly sessionsFatal: number;
  readonly sessionsKilled: number;
  /** Of the whole cluster. */
  readonly walBytes: number;
  /** Asked for, by a statement or by the growth of the log; not those that were due by time. */
  readonly checkpointsRequested: number;
}

/** What busy sessions waited for, by samples. */
export interface WaitShare {
  /** Such as "Lock". */
  readonly type: string;
  /** Such as "relation". */
  readonly event: string;
  /** How many sessions at a time, on the average over all samples of the window. */
  readonly mean: number;
}

export interface WindowEvidence {
  readonly lengthMs: number;
  readonly activity: ActivityEvidence;
  /**
   * The same from when nothing is under way any more that was at the window's start: without its
   * first stretch, as long as the longest transaction that finished in it held its place behind the
   * gate. No samples if that is the whole window.
   */
  readonly settled: ActivityEvidence;
  /** Null where the statistics could not be read at both edges. */
  readonly tables: TableEvidence | null;
  /** Null where the backends are no processes of this machine, or were not at both edges. */
  readonly cores: CoreEvidence | null;
  /** Null where they could not be read at both edges. */
  readonly server: ServerEvidence | null;
  /** None without samples. */
  readonly waits: readonly WaitShare[];
  /** Failed attempts that ended in the window, by SQLSTATE or transport code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Transactions that ended in the window while COMMIT was under way: nobody knows how. */
  readonly unknownOutcomes: number;
  /** Committed in the window; the time is that without waiting for a connection. */
  readonly service: WaitEvidence;
  /** Waiting for a connection, at the generator: from pool or gate. */
  readonly poolWait: WaitEvidence;
  /** Of it, waiting at the gate alone, which only a limit on sessions narrows. */
  readonly gateWait: WaitEvidence;
}

/** What a fault itself saw on the server while it was in force, in its own words. */
export type Figures = Readonly<Record<string, number | string>>;

/** The windows around one fault; baseline and recovery are missing where the fault had none. */
export interface FaultEvidence {
  readonly baseline: WindowEvidence | null;
  readonly fault: WindowEvidence;
  readonly recovery: WindowEvidence | null;
  /** Empty where it could not be asked. */
  readonly figures: Figures;
}
