/**
 * checkpoint-storm: one checkpoint after the other.
 *
 * What it does: CHECKPOINT on a connection of its own, at once and then again `every` after each.
 * Why it works: a checkpoint that is asked for by hand does not spread its writes over time, as one
 * that is due does: all pages that changed are written and synced as fast as the disk takes them, and
 * commits wait for the same disk. After each one the first change to a page writes the whole page to
 * the log (full_page_writes), so that the log grows faster, too (manual 28.5).
 * What proves it: the server's count of requested checkpoints rose by more than one in the fault, and
 * faster than before it; from 18 on, where a count tells those that were carried out, by more than
 * one of these, too. The statement itself returns only when its checkpoint is done.
 * What it leaves behind: nothing.
 * Privileges: superuser, or, since 15, pg_checkpoint. Blast radius: cluster. Managed servers: where
 * the login is in pg_checkpoint; most let nobody.
 */
import { counted } from "../core/counted.ts";
import type { WindowEvidence } from "../core/evidence.ts";
import { megabytes } from "./budget.ts";
import { type Fault, type FaultTarget, nothingInForce } from "./fault.ts";
import { everyParameter, repeatedly } from "./repeatedly.ts";

export const checkpointStorm: Fault = {
  name: "checkpoint-storm",
  summary: "asks for a checkpoint every so often",
  radius: "cluster",
  dropsConnections: false,
  endsTransactions: false,
  parameters: {
    every: everyParameter(200, "from the end of one to the next"),
  },

  async check({ target }) {
    const [row] = await target.query(privilegeSql);
    if (row?.allowed === true) return [];
    return [
      row?.has_role === true
        ? `checkpoint-storm needs pg_checkpoint: grant it to ${String(row.login)}`
        : "checkpoint-storm needs a superuser: before PostgreSQL 15 nobody else may ask for a checkpoint",
    ];
  },

  async inject(context, { every }) {
    const connection = await context.connect();
    const before = await carriedOut(context.target);
    let asked = 0;
    context.background((over) =>
      repeatedly(Number(every), over, async () => {
        await connection.query("checkpoint");
        asked++;
      }),
    );
    const figures = async () => {
      const after = await carriedOut(context.target);
      const done = before === null || after === null ? {} : { done: after - before };
      return { asked, ...done };
    };
    return { ...nothingInForce, figures };
  },

  prove({ baseline, fault, figures }) {
    const { asked = 0, done } = figures;
    const seen = perSecond(fault);
    if (fault.server === null || seen === null) {
      return { effective: false, evidence: "the server's count of checkpoints could not be read" };
    }
    const usual = baseline === null ? null : perSecond(baseline);
    const faster = usual === null || seen.checkpoints > usual.checkpoints;
    const carried = done === undefined ? "" : `, ${done} of them carried out`;
    return {
      effective:
        Number(asked) > 1 &&
        fault.server.checkpointsRequested > 1 &&
        faster &&
        (done === undefined || Number(done) > 1),
      evidence:
        `${counted(Number(asked), "checkpoint")} by hand; ` +
        `the server counted ${counted(fault.server.checkpointsRequested, "request")}${carried}, ${rate(seen)}` +
        (usual === null ? "" : ` (before: ${rate(usual)})`),
    };
  },
};

interface Rate {
  readonly checkpoints: number;
  readonly walBytes: number;
}

function perSecond({ server, lengthMs }: WindowEvidence): Rate | null {
  if (server === null || lengthMs <= 0) return null;
  const each = (count: number) => (count * 1000) / lengthMs;
  return { checkpoints: each(server.checkpointsRequested), walBytes: each(server.walBytes) };
}

function rate({ checkpoints, walBytes }: Rate): string {
  return `${checkpoints.toFixed(1)} a second with ${megabytes(walBytes)} of log`;
}

/** has_privs_of_role, as the server itself asks. Before 15 there is no such role. */
const privilegeSql = `
  select current_user::text as login,
    exists (select from pg_catalog.pg_roles where rolname = 'pg_checkpoint') as has_role,
    (select rolsuper from pg_catalog.pg_roles where rolname = current_user)
      or exists (
        select from pg_catalog.pg_roles
        where rolname = 'pg_checkpoint' and pg_catalog.pg_has_role(oid, 'usage')
      ) as allowed`;

/** Null before 18: nobody counts them. */
async function carriedOut(target: FaultTarget): Promise<number | null> {
  const [version] = await target.query(
    "select current_setting('server_version_num')::int4 >= 180000 as counts",
  );
  if (version?.counts !== true) return null;
  const [row] = await target.query(
    "select num_done::float8 as done from pg_catalog.pg_stat_checkpointer",
  );
  return Number(row?.done);
}
