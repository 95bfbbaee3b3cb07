/**
 * slot-retention: a replication slot that nobody uses keeps the log.
 *
 * What it does: creates a physical slot that reserves the log from where the last checkpoint began, as
 * such slots do, and leaves it alone, as a standby does that was taken away without its slot. The
 * slot's name is drawn.
 * Why it works: no checkpoint removes log files that a slot still asks for (manual 26.2.6), however
 * many there are, up to max_slot_wal_keep_size, which by default is no limit.
 * What proves it: by pg_replication_slots the slot's restart_lsn did not move while what it keeps grew.
 * What it leaves behind: log files, until a checkpoint has been there after the slot was dropped.
 * The slot is dropped at the end, by that very name, and a restore drops it after a kill -9. Until
 * then nobody watches its budget any more: a server whose loadgen was killed and that is written to
 * all the same fills its disk, so do not wait with the restore.
 * Its budget: the bytes that the slot keeps beyond those of its first moment, which are on the disk
 * already. A look four times a second drops the slot when they are more. Where the server's machine is
 * not ours, whether there is room is not checked.
 * Privileges: REPLICATION or superuser; wal_level replica or logical; a free slot.
 * Blast radius: cluster. Managed servers: where the login has REPLICATION.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { budgetParameter, megabytes, roomProblems } from "./budget.ts";
import { logFiles } from "./debts.ts";
import { type Fault, type FaultTarget, nothingInForce, type UndoRecord } from "./fault.ts";
import { unreadable } from "./journal.ts";
import { repeatedly } from "./repeatedly.ts";

export const slotRetention: Fault = {
  name: "slot-retention",
  summary: "a replication slot without a user keeps the log, up to BUDGET of it",
  radius: "cluster",
  dropsConnections: false,
  endsTransactions: false,
  parameters: {
    budget: budgetParameter(1024 ** 3, "how much more of the log it may keep than at first"),
  },

  async check(place, { budget }) {
    const [row] = await place.target.query(privilegesSql);
    return [
      ...(await roomProblems("slot-retention", place, Number(budget))),
      ...(row?.allowed === true
        ? []
        : [`slot-retention needs REPLICATION: alter role ${String(row?.login)} replication`]),
      ...(row?.wal_level === "minimal"
        ? ["slot-retention needs wal_level replica or logical, and it is minimal"]
        : []),
      ...(Number(row?.free) > 0
        ? []
        : [
            "slot-retention needs a free replication slot: raise max_replication_slots or drop one",
          ]),
    ];
  },

  undo: {
    // Nobody else has a slot of this name, whatever the seed is.
    prepare: () => Promise.resolve({ slot: `loadgen_slot_${randomBytes(8).toString("hex")}` }),

    async perform({ target }, record) {
      await dropSlot(target, slotOf(record));
    },
  },

  async inject(context, { budget }, record) {
    const { target } = context;
    const slot = slotOf(record);
    await target.query("select pg_catalog.pg_create_physical_replication_slot($1, true)", [slot]);
    const start = await lookAt(target, slot);
    const keptMax = (start?.keptBytes ?? 0) + Number(budget);
    let last = start;
    let spent = false;
    const lookOnce = async () => {
      if (spent) return;
      last = await lookAt(target, slot);
      if (last === null || last.keptBytes <= keptMax) return;
      await dropSlot(target, slot);
      spent = true;
    };
    // One after the other: who looks while another one drops it would find it gone.
    let turn = Promise.resolve();
    // A server that does not answer now does so later, and the budget must hold then.
    const look = () => (turn = turn.then(lookOnce).catch(() => undefined));
    context.background((over) => repeatedly(lookEveryMs, over, look));
    const figures = async () => {
      await look();
      return {
        ...(start && { lsnBefore: start.lsn, keptBefore: start.keptBytes }),
        ...(last && { lsn: last.lsn, kept: last.keptBytes, status: last.status }),
        spent: Number(spent),
      };
    };
    return { ...nothingInForce, figures };
  },

  prove({ figures }, { budget }) {
    const { lsnBefore, lsn, keptBefore = 0, kept = 0, status = "", spent = 0 } = figures;
    if (lsnBefore === undefined || lsn === undefined) {
      return { effective: false, evidence: "the slot was gone, or kept nothing any more" };
    }
    const stayed = lsn === lsnBefore;
    const dropped =
      spent === 1 ? `; it was dropped at its budget of ${megabytes(Number(budget))}` : "";
    return {
      effective: stayed && Number(kept) > Number(keptBefore),
      evidence:
        `the slot ${stayed ? `stayed at ${lsn}` : `went from ${lsnBefore} to ${lsn}`} while what it keeps ` +
        `went from ${megabytes(Number(keptBefore))} to ${megabytes(Number(kept))} (${status})${dropped}`,
    };
  },
  debt: logFiles,
};

const lookEveryMs = 250;

/** has_privs_of_role asks for neither: both are attributes of the login itself. */
const privilegesSql = `
  select current_user::text as login, rolsuper or rolreplication as allowed,
    current_setting('wal_level') as wal_level,
    current_setting('max_replication_slots')::int4
      - (select count(*) from pg_catalog.pg_replication_slots)::int4 as free
  from pg_catalog.pg_roles
  where rolname = current_user`;

/** What it would drop is in the journal, which others can write to: only names that are ours. */
const undoSchema = z.object({ slot: z.string().regex(/^loadgen_slot_[0-9a-f]{16}$/) });

/** Throws JournalError. */
function slotOf(record: UndoRecord | null): string {
  try {
    return undoSchema.parse(record).slot;
  } catch (error) {
    throw unreadable("what slot-retention is to undo", error);
  }
}

/** Nothing happens if there is none of that name. */
async function dropSlot(target: FaultTarget, slot: string): Promise<void> {
  try {
    await target.query(
      `select pg_catalog.pg_drop_replication_slot(slot_name)
       from pg_catalog.pg_replication_slots
       where slot_name = $1`,
      [slot],
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const byHand = `Left to do, by hand: select pg_drop_replication_slot('${slot}');`;
    throw new Error(`${why}. ${byHand}`, { cause: error });
  }
}

interface Kept {
  readonly lsn: string;
  readonly keptBytes: number;
  /** `reserved`, or `extended` beyond max_wal_size. */
  readonly status: string;
}

/** Null: there is no such slot, or it keeps nothing any more. */
async function lookAt(target: FaultTarget, slot: string): Promise<Kept | null> {
  const [row] = await target.query(
    `select restart_lsn::text as lsn, wal_status as status,
       pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 as bytes
     from pg_catalog.pg_replication_slots
     where slot_name = $1 and restart_lsn is not null`,
    [slot],
  );
  if (row === undefined) return null;
  return { lsn: String(row.lsn), keptBytes: Number(row.bytes), status: String(row.status) };
}
