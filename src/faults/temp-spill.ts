/**
 * temp-spill: sorts that do not fit in memory write temporary files.
 *
 * What it does: on `at-once` connections of its own it sorts rows that were made up on the spot, again
 * and again, with a work_mem that holds a sixteenth of them, until `budget` was written in all.
 * Why it works: a sort larger than work_mem writes its runs to files and reads them back to merge them
 * (manual 19.4.1). They go through the same memory and the same disk as the data of the sessions. No
 * table is read.
 * What proves it: the server's count of the bytes in temporary files of this database grew in the
 * fault, faster than before it, while its sorts finished; that count has files that are gone again.
 * What it leaves behind: nothing. Files go with their statement, or with its backend.
 * Its budget: the bytes that it writes, by the server's account of each sort (EXPLAIN ANALYZE); what
 * is on the disk at a time is less. Where the login may set it, temp_file_limit bounds each sort, too.
 * Where the server's machine is not ours, whether there is room is not checked.
 * Privileges: none. Blast radius: cluster, for it takes disk and memory from all databases. Managed
 * servers: works on all.
 */
import { counted } from "../core/counted.ts";
import type { WindowEvidence } from "../core/evidence.ts";
import { budgetParameter, budgetText, megabytes, roomProblems } from "./budget.ts";
import { type Fault, type FaultContext, type FaultPlace, nothingInForce } from "./fault.ts";
import { repeatedly } from "./repeatedly.ts";

const megabyte = 1024 ** 2;

export const tempSpill: Fault = {
  name: "temp-spill",
  summary: "sorts that write temporary files, AT-ONCE at a time, until BUDGET is spent",
  radius: "cluster",
  dropsConnections: false,
  endsTransactions: false,
  parameters: {
    budget: budgetParameter(512 * megabyte, "how much they write in all"),
    "at-once": { unit: "sorts", min: 1, max: 100, default: 2, help: "how many at a time" },
  },

  async check(place, parameters) {
    return [
      ...(await roomProblems("temp-spill", place, Number(parameters.budget))),
      ...(await limitProblems(place, sortBytes(sorting(parameters)))),
    ];
  },

  async inject(context, parameters) {
    const { budgetBytes, atOnce } = sorting(parameters);
    const seen = { sorts: 0, written: 0 };
    const spent = new AbortController();
    const bytes = sortBytes({ budgetBytes, atOnce });
    const sorters = await Promise.all(Array.from({ length: atOnce }, () => sorter(context, bytes)));
    for (const sort of sorters) {
      context.background((over) =>
        repeatedly(pauseMs, AbortSignal.any([over, spent.signal]), async () => {
          seen.written += await sort();
          seen.sorts++;
          if (seen.written >= budgetBytes) spent.abort();
        }),
      );
    }
    return { ...nothingInForce, figures: () => Promise.resolve({ ...seen }) };
  },

  prove({ baseline, fault, figures }, parameters) {
    const { budgetBytes } = sorting(parameters);
    const sorts = Number(figures.sorts ?? 0);
    const written = Number(figures.written ?? 0);
    const rate = spilledPerSecond(fault);
    if (rate === null) {
      return { effective: false, evidence: "the server's count of bytes could not be read" };
    }
    const usual = baseline === null ? null : spilledPerSecond(baseline);
    return {
      effective: written > 0 && rate > (usual ?? 0),
      evidence:
        `${counted(sorts, "sort")} wrote ${megabytes(written)}; the server counted ` +
        `${megabytes(fault.server?.tempBytes ?? 0)} in temporary files` +
        (usual === null ? "" : ` (before: ${megabytes(usual)} a second, now ${megabytes(rate)})`) +
        budgetText(written >= budgetBytes, budgetBytes),
    };
  },
};

/** Between two sorts. */
const pauseMs = 10;

interface Sorting {
  readonly budgetBytes: number;
  readonly atOnce: number;
}

function sorting(parameters: Readonly<Record<string, number | string>>): Sorting {
  return { budgetBytes: Number(parameters.budget), atOnce: Number(parameters["at-once"]) };
}

/** A sort of this size takes a fraction of a second. */
const sortBytesMax = 16 * megabyte;
/** The smallest work_mem is 64 kB. */
const sortBytesMin = 16 * 64 * 1024;

/** What a sort has to do with at a time. */
function sortBytes({ budgetBytes, atOnce }: Sorting): number {
  return Math.max(sortBytesMin, Math.min(sortBytesMax, budgetBytes / atOnce / 2));
}

/** A file of a sort has more than its rows. */
const overheadFactor = 2;

async function limitProblems({ target }: FaultPlace, bytes: number): Promise<readonly string[]> {
  const [row] = await target.query(
    `select setting::float8 * 1024 as bytes from pg_catalog.pg_settings
     where name = 'temp_file_limit' and setting <> '-1'`,
  );
  if (row === undefined || Number(row.bytes) >= overheadFactor * bytes) return [];
  return [
    `temp-spill needs temporary files of ${megabytes(overheadFactor * bytes)}, ` +
      `but temp_file_limit is ${megabytes(Number(row.bytes))}: raise it for this login, or lower the budget`,
  ];
}

const insufficientPrivilege = "42501";

/** Resolves with what one sort wrote. */
async function sorter(context: FaultContext, bytes: number): Promise<() => Promise<number>> {
  const connection = await context.connect();
  const [row] = await connection.query(settingsSql, [`${Math.floor(bytes / 16 / 1024)}kB`]);
  const limit = `${Math.ceil((overheadFactor * bytes) / 1024)}kB`;
  await connection
    .query("select set_config('temp_file_limit', $1, false)", [limit])
    .catch((error: unknown) => {
      // Then what bounds it is its own size.
      if ((error as { code?: string }).code !== insufficientPrivilege) throw error;
    });
  const blockBytes = Number(row?.block_bytes);
  return async () => {
    const [explained] = await connection.query(sortSql(bytes));
    if (row?.flushes === true) await connection.query(flushSql);
    return blockBytes * writtenBlocks(explained?.["QUERY PLAN"]);
  };
}

const settingsSql = `
  select set_config('work_mem', $1, false),
    current_setting('block_size')::int4 as block_bytes,
    to_regprocedure('pg_catalog.pg_stat_force_next_flush()') is not null as flushes`;

/** From 15 on; before, such counts are told at once. */
const flushSql = "select pg_catalog.pg_stat_force_next_flush()";

const rowBytes = 1024;

/**
 * Nothing is read and nothing comes back. In bytewise order: comparing is not what is meant. Two
 * columns: of a single one PostgreSQL 18 counts 48 bytes a row, whatever its length, and writes nothing.
 */
function sortSql(bytes: number): string {
  return `
    explain (analyze, buffers, timing off, format json)
    select * from (
      select number, repeat(md5(number::text), ${rowBytes / 32}) collate "C" as payload
      from generate_series(1, ${Math.ceil(bytes / rowBytes)}) as number
      offset 0
    ) as made_up
    order by payload`;
}

function writtenBlocks(plan: unknown): number {
  const [top] = plan as readonly { readonly Plan: Readonly<Record<string, unknown>> }[];
  return Number(top?.Plan["Temp Written Blocks"] ?? 0);
}

function spilledPerSecond({ server, lengthMs }: WindowEvidence): number | null {
  return server === null || lengthMs <= 0 ? null : (server.tempBytes * 1000) / lengthMs;
}
