/** What faults leave to be repaid, and how much of it there is now. */
import type { Debt } from "./fault.ts";

/**
 * Until vacuum has been there. A backend hands over its counts at most once a second, and up to 14
 * the reader's own view may be half a second old.
 */
export const deadRows: Debt = {
  unit: "dead rows",
  lateMs: 1_500,
  async read(target) {
    const [row] = await target.query(
      "select coalesce(sum(n_dead_tup), 0)::float8 as amount from pg_catalog.pg_stat_user_tables",
    );
    return Number(row?.amount);
  },
};

/** Until a checkpoint finds that nobody needs them. Superusers and pg_monitor may look into pg_wal. */
export const logFiles: Debt = {
  unit: "bytes of log files",
  lateMs: 0,
  async read(target) {
    const [row] = await target.query(
      "select coalesce(sum(size), 0)::float8 as amount from pg_catalog.pg_ls_waldir()",
    );
    return Number(row?.amount);
  },
};
