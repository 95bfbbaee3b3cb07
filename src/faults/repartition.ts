/**
 * repartition: a table is given another number of hash partitions, such as 64 in place of 16, while the
 * load goes on.
 *
 * What it does: in one transaction it locks the table, and those that it refers to, against writers
 * (SHARE ROW EXCLUSIVE), makes a second one like it beside it with PARTITIONS partitions, moves the rows,
 * builds indexes and foreign keys, analyses, and puts it in the place of the first one, under its name;
 * then it drops the first one. Locks are asked for with a lock_timeout, again and again, lest a queue
 * forms behind the asking.
 * Why it works: PostgreSQL has no command for it; this is the simple way, with no trigger that writes
 * each change twice. Its price is that writers of the table wait for the whole copy (those that have a
 * lock_timeout below that fail with 55P03), and so do writers of the tables that it refers to. Readers
 * go on, and wait only for the exchange (ACCESS EXCLUSIVE); that is given up where somebody who has read
 * the table in his transaction waits to write to it. Dropping the first one then locks, for an instant and
 * one after the other, the tables that it referred to, whose triggers for its foreign keys go.
 * What proves it: it came to its end, and the table of that name has so many partitions.
 * What it leaves behind: the table with its new partitions, under new identities: statistics begin
 * anew, so that dead rows a transaction are not known of such a run; a snapshot from before finds it
 * empty. Given up before the exchange, it is rolled back, and nothing is left of it; after it, the undo
 * drops the first one, which is in the schema loadgen_repartition_old by then.
 * Views that read the table are made again within the exchange. What it does not carry over, it refuses,
 * with a list of all that is in its way: before the run where the table is known, else before it asks for
 * any lock. That is whatever else depends on the table or its row type (foreign keys, functions, columns,
 * sequences that it owns, views on views), triggers, row-level security, publications, privileges on
 * columns or with grant option, what single partitions have of their own, and levels of partitions below
 * the first (src/faults/table-obstacles.ts has them all). It drops nothing with CASCADE.
 * Privileges: the tables' owner, and CREATE on the database. Blast radius: database. Managed servers:
 * works on all.
 */
import { counted, countText } from "../core/counted.ts";
import type { Fault, FaultTarget } from "./fault.ts";
import {
  asideSchema,
  dropAside,
  exchange,
  type Exchanged,
  leftoversOn,
  obstaclesTo,
} from "./repartitioning.ts";
import { beginTask, endLeftAtWork, proofOfTask } from "./task.ts";
import { chooseTable, tableParameter } from "./tables.ts";
import { chooseWritten } from "./used-tables.ts";

export const repartition: Fault = {
  name: "repartition",
  summary: "gives TABLE another number of hash PARTITIONS, while writers wait",
  radius: "database",
  dropsConnections: false,
  endsTransactions: false,
  endsByItself: true,
  parameters: {
    partitions: {
      unit: "partitions",
      min: 1,
      max: 1024,
      default: 64,
      help: "how many it is to have",
    },
    table: tableParameter,
  },

  async check({ target }, { table }) {
    const leftovers = await leftoversOn(target);
    // Which table the sessions change most shows only once they are at it.
    if (table === "") return leftovers;
    const chosen = await chooseTable(target, String(table)).catch(messageOf);
    if (typeof chosen === "string") return [...leftovers, `repartition: ${chosen}`];
    return [...leftovers, ...(await obstaclesTo(target, chosen))];
  },

  undo: {
    // Whether there will be one to drop is known only then; somebody else's stays.
    async prepare({ target }) {
      const [row] = await target.query("select to_regnamespace($1) is null as ours", [asideSchema]);
      return { ours: row?.ours === true };
    },
    async perform({ target }, { ours }) {
      await endLeftAtWork(target, "repartition");
      if (ours === true) await dropAside(target);
    },
  },

  async inject(context, { partitions, table }) {
    const chosen = await chooseWritten(context, String(table));
    const problems = [
      ...(await leftoversOn(context.target)),
      ...(await obstaclesTo(context.target, chosen)),
    ];
    if (problems.length > 0) throw new Error(problems.join("; "));
    const before = await partitionsOf(context.target, chosen.name);
    const seen: Exchanged = { rows: 0, tries: 0, writersMs: 0, allMs: 0 };
    return beginTask(context, {
      name: "repartition",
      work: (connection) =>
        exchange(connection, { table: chosen, partitions: Number(partitions), seen }),
      figures: () => Promise.resolve({ exchanged: chosen.name, before, ...seen }),
      afterwards: async () => ({ after: await partitionsOf(context.target, chosen.name) }),
    });
  },

  prove({ figures }, { partitions }) {
    const { exchanged = "no table", before = 0, after = 0, rows = 0 } = figures;
    const { tries = 0, writersMs = 0, allMs = 0 } = figures;
    const seconds = (ms: number | string) => (Number(ms) / 1000).toFixed(1);
    return proofOfTask(figures, {
      shown: Number(after) === Number(partitions),
      details:
        `${exchanged} had ${counted(Number(before), "partition")} and has ${after}; it moved ` +
        `${countText(Number(rows))} rows, held writers up for ${seconds(writersMs)} s and everybody for ` +
        `${seconds(allMs)} s, and asked for its locks ${counted(Number(tries), "time")}`,
    });
  },
};

/** Also of what it is now, under that name. */
async function partitionsOf(target: FaultTarget, name: string): Promise<number> {
  const [row] = await target.query(
    `select count(*)::int4 as count from pg_catalog.pg_inherits
     where inhparent = to_regclass($1)`,
    [name],
  );
  return Number(row?.count);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
