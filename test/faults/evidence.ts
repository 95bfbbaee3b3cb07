/** Evidence by hand: what a fault would have been shown, with what matters to it given. */
import type {
  ActivityEvidence,
  CoreEvidence,
  FaultEvidence,
  ServerEvidence,
  TableEvidence,
  WaitEvidence,
  WaitShare,
  WindowEvidence,
} from "../../src/core/evidence.ts";

export interface Shown {
  readonly activity?: Partial<ActivityEvidence>;
  /** As `activity`, unless given. */
  readonly settled?: Partial<ActivityEvidence>;
  readonly poolWait?: Partial<WaitEvidence>;
  readonly gateWait?: Partial<WaitEvidence>;
  /** Null, and without it: they could not be read. */
  readonly cores?: CoreEvidence | null;
  /** Null: the statistics could not be read. */
  readonly tables?: Partial<TableEvidence> | null;
  /** Null, and without it: the server's counts could not be read. */
  readonly server?: Partial<ServerEvidence> | null;
  readonly waits?: readonly WaitShare[];
  readonly errors?: WindowEvidence["errors"];
  readonly unknownOutcomes?: number;
  readonly service?: Partial<WaitEvidence>;
}

/** A window of ten seconds with 40 samples of six busy sessions, no waiting, no vacuum, and no errors. */
export function shown(given: Shown = {}): WindowEvidence {
  const nothing = { mean: 0, max: 0 };
  const activity = {
    samples: 40,
    busy: { mean: 5.5, max: 6 },
    active: { mean: 5.5, max: 6 },
    idleInTransaction: nothing,
    connections: 100,
    ...given.activity,
  };
  return {
    lengthMs: 10_000,
    activity,
    settled: { ...activity, ...given.settled },
    tables:
      given.tables === null
        ? null
        : {
            autovacuums: 0,
            deadTuplesAtStart: 0,
            deadTuplesAtEnd: 0,
            tablesDueAtEnd: 0,
            deadTuplesMade: 0,
            ...given.tables,
          },
    cores: given.cores ?? null,
    server: given.server ? { ...noCounts, ...given.server } : null,
    waits: given.waits ?? [],
    errors: given.errors ?? {},
    unknownOutcomes: given.unknownOutcomes ?? 0,
    service: { count: 1000, meanUs: 0, maxUs: 0, ...given.service },
    poolWait: { count: 1000, meanUs: 0, maxUs: 0, ...given.poolWait },
    gateWait: { count: 1000, meanUs: 0, maxUs: 0, ...given.gateWait },
  };
}

const noCounts: ServerEvidence = {
  commits: 0,
  rollbacks: 0,
  deadlocks: 0,
  tempBytes: 0,
  sessions: 0,
  sessionsAbandoned: 0,
  sessionsFatal: 0,
  sessionsKilled: 0,
  walBytes: 0,
  checkpointsRequested: 0,
};

/** A fault that stood, and had nothing to tell itself, unless given. */
export function around(
  fault: WindowEvidence,
  given: Partial<Omit<FaultEvidence, "fault">> = {},
): FaultEvidence {
  return { baseline: null, recovery: null, figures: {}, ...given, fault };
}
