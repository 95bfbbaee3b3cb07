/** What faults leave to be repaid, and how much of it there is now. */
import type { Debt } from "./fault.ts";

/** Until vacuum has been there. By the statistics, which are late by a second. */
export const deadRows: Debt = {
  unit: "dead rows",
  async read(target) {
    const [row] = await target.query(
      "select coalesce(sum(n_dead_tup), 0)::float8 as amount from pg_catalog.pg_stat_user_tables",
    );
    return Number(row?.amount);
  },
};
