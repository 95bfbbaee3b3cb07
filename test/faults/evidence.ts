/** Evidence by hand: what a fault would have been shown, with what matters to it given. */
import type {
  ActivityEvidence,
  CoreEvidence,
  TableEvidence,
  WaitEvidence,
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
}

/** A window of ten seconds with 40 samples of six busy sessions, no waiting, and no vacuum. */
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
    poolWait: { count: 1000, meanUs: 0, maxUs: 0, ...given.poolWait },
    gateWait: { count: 1000, meanUs: 0, maxUs: 0, ...given.gateWait },
  };
}
