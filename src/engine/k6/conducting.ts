/**
 * What the script and its conductor say to one another, by HTTP on the loopback. The script asks, and
 * is kept waiting where it has to: until all sessions are ready, and until all edges of the run's
 * windows are known. Without a conductor (on many machines) times follow from the plan alone.
 */

/** Answer to a session that is connected. */
export interface Beginning {
  /** When the measured time begins, in ms of the test's clock; null: the run does not begin. */
  readonly zeroMs: number | null;
}

/** Answer to a session at work, and to one that has finished. */
export interface News {
  /** The edges of windows so far, in ms of the run's clock. */
  readonly cuts: readonly number[];
  /** No new transaction may start. */
  readonly stop: boolean;
  /** What still runs was dropped. */
  readonly abandoned: boolean;
}

/** Ways in the conductor's URL. */
export const ways = Object.freeze({
  /** What a session's clock says, for the two clocks to be compared. */
  clock: "clock",
  ready: "ready",
  failed: "failed",
  bug: "bug",
  news: "news",
  end: "end",
});
