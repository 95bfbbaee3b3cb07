/** A session that has ended, as its line. */
import type { Digest } from "../../../core/digest.ts";
import type { Fates } from "../../../core/fates.ts";
import type { LastWrites } from "../../../core/last-writes.ts";
import type { SessionLine } from "../lines.ts";
import type { Arrivals } from "./arrivals.ts";
import type { SessionDatabase } from "./database.ts";
import type { Notes } from "./notes.ts";

export interface Ended extends Pick<
  SessionLine,
  "run" | "runner" | "zeroAtMs" | "connectedUs" | "endedUs"
> {
  readonly number: number;
  readonly digest: Digest;
  readonly notes: Notes;
  readonly fates: Fates | null;
  readonly lastWrites: LastWrites | null;
  readonly databases: SessionDatabase;
  /** Null: a closed loop. */
  readonly arrivals: Arrivals | null;
}

export function sessionLine({
  run,
  number,
  runner,
  zeroAtMs,
  connectedUs,
  endedUs,
  digest,
  notes,
  fates,
  lastWrites,
  databases,
  arrivals,
}: Ended): SessionLine {
  const { transactionsEnded, lostConnections } = databases;
  return {
    loadgen: "session/1",
    run,
    session: number,
    runner,
    zeroAtMs,
    connectedUs,
    endedUs,
    digest: digest.toString(),
    ...notes.toJson(),
    fates: fatesJson(fates),
    writes: (lastWrites?.kept() ?? []).map(({ key, ended }) => ({
      key,
      ended: ended.map(({ phase, number: transaction, beganMs, acknowledgedMs }) => ({
        phase,
        number: transaction,
        beganUs: Math.round(beganMs * 1000),
        acknowledgedUs: acknowledgedMs === null ? null : Math.round(acknowledgedMs * 1000),
      })),
    })),
    arrivals: arrivals?.toJson() ?? null,
    transactionsEnded,
    lostConnections,
  };
}

function fatesJson(fates: Fates | null): SessionLine["fates"] {
  if (fates === null) return null;
  const { owners, numbers, parts, attempts, digests, codes } = fates.toArrays();
  return {
    owners: [...owners],
    numbers: [...numbers],
    parts: [...parts],
    attempts: [...attempts],
    digests: [...digests],
    codes: [...codes],
  };
}
