/**
 * What was measured of a load at one number of sessions: all that a cause may be named from. No
 * options, no names of faults: whoever names the cause must see it in these figures.
 */

/** Busy sessions that waited so, or did not (type null, event "running"), on the average. */
export interface WaitFigure {
  readonly type: string | null;
  readonly event: string;
  readonly sessions: number;
}

/** Sessions that waited for a lock of another, on the average. */
export interface EdgeFigure {
  readonly blocked: string;
  readonly blocker: string;
  readonly relation: string;
  readonly sessions: number;
}

/** One gate of a modelled service: a lock, its cores, its worker threads. */
export interface GateFigure {
  readonly name: string;
  /** How many may be inside at a time. */
  readonly capacity: number;
  /** Mean a transaction, all of its visits together. */
  readonly waitMs: number;
  /** Inside, a transaction: without the time that it waited there for other gates or a connection. */
  readonly holdMs: number;
  /** The longest queue. */
  readonly queueMax: number;
}

/** The cores of the server's machine, which is this one, and who kept them busy. */
export interface HostFigure {
  readonly cores: number;
  /** Not idle, on the average; so are the next two. */
  readonly busyCores: number;
  /** Of these, by the server. */
  readonly serverCores: number;
  /** And by the load generator. */
  readonly generatorCores: number;
}

/** What the load generator knows of its own side. Times are means over committed transactions. */
export interface ClientFigure {
  /** That it drives; of a load that somebody else drives: what that somebody says. */
  readonly sessions: number;
  /** Between two transactions of a session. */
  readonly thinkMs: number;
  readonly latencyMs: number;
  /**
   * Of it, until the transaction had the connection that the generator's own pool allowed it; null:
   * there is a pool, and its part is not known.
   */
  readonly poolWaitMs: number | null;
  /** The most connections that were in use at a time, as far as the generator knows. */
  readonly connectionsInUseMax: number;
  /** Why its figures are its own rather than the server's; sentences. */
  readonly doubts: readonly string[];
}

export interface Measurements {
  /** Transactions committed. */
  readonly perSecond: number;
  /** Null: the load is somebody else's, who tells nothing. */
  readonly client: ClientFigure | null;
  /** Looks at the server that the following figures come from; without any they are 0. */
  readonly samples: number;
  /** Backends that existed at a time, at most. */
  readonly backendsMax: number;
  /** Means: active plus idle in transaction; and each of the two. */
  readonly busy: number;
  readonly active: number;
  readonly idleInTransaction: number;
  readonly waits: readonly WaitFigure[];
  readonly edges: readonly EdgeFigure[];
  readonly gates: readonly GateFigure[];
  /** Null: the server is elsewhere, or the system does not tell. */
  readonly host: HostFigure | null;
}
