/**
 * What the mean numbers of backends and clients say of times: by Little's law (J. D. C. Little,
 * Operations Research 9, 1961) the number inside is the rate times the time inside. Pure.
 */
export interface Times {
  /** How long a transaction keeps a backend busy, on the average; null without a rate to tell it by. */
  readonly transactionMs: number | null;
  /** Transactions in the server at a time, on the average. */
  readonly inServer: number;
  /** Of the clients, those that are not; null where nobody says how many there are. */
  readonly clientsOutside: number | null;
  /** How long a client is elsewhere for each transaction: in a queue, or pausing. */
  readonly outsideMs: number | null;
  /**
   * More went on than the server has counted, so that there is no rate. Since PostgreSQL 15 a backend
   * keeps its count to itself until it has something else to report, as a transaction that touches no
   * table does not.
   */
  readonly isCountedLate: boolean;
}

export interface Flow {
  /** Backends, on the average. */
  readonly busy: number;
  /** Transactions that ended, committed or not: each keeps a backend busy. */
  readonly endedPerSecond: number;
  readonly clients: number | null;
  /** The age of the oldest transaction that was seen under way; null: none was. */
  readonly oldestMs: number | null;
}

export function timesOf({ busy, endedPerSecond, clients, oldestMs }: Flow): Times {
  // Fewer clients than busy backends: then it is their number that is wrong.
  const clientsOutside = clients === null ? null : Math.max(0, clients - busy);
  const isCountedLate = isTooFew({ busy, endedPerSecond, oldestMs });
  const msFor = (inside: number | null) =>
    inside === null || endedPerSecond === 0 || isCountedLate
      ? null
      : (inside / endedPerSecond) * 1000;
  return {
    transactionMs: msFor(busy),
    inServer: busy,
    clientsOutside,
    outsideMs: msFor(clientsOutside),
    isCountedLate,
  };
}

/**
 * Transactions are seen under way at an age of at least half their mean length, on the average
 * (renewal theory: E[T²] / 2E[T] ≥ E[T] / 2); if even the oldest never was as old, they are shorter
 * than the count of them says. Half of that again, since a count over a few seconds may lack one.
 */
const meanByOldestMax = 4;

function isTooFew({ busy, endedPerSecond, oldestMs }: Omit<Flow, "clients">): boolean {
  return oldestMs !== null && busy * 1000 > meanByOldestMax * oldestMs * endedPerSecond;
}
