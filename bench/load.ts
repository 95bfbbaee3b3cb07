/**
 * Loading a fixture beside psql, which copies ready-made CSV files into bare tables and then builds the
 * same indexes and keys. What either does beside that stands in rows of its own, and in its total: psql
 * ANALYZE; loadgen making the rows, what else its variant has, and VACUUM (FREEZE, ANALYZE).
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dms } from "../fixtures/dms/system.ts";
import { Connection } from "../src/server/connection.ts";
import { cloneFixture, dropDatabase, privateName } from "../src/server/databases.ts";
import { bundledFixture, type Fixture } from "../src/server/fixture.ts";
import { exportCsv } from "../src/server/fixture-csv.ts";
import { ensureFixture } from "../src/server/fixture-database.ts";
import { rowBlocks } from "../src/server/copy-text.ts";
import { stagesOf } from "../src/server/load-steps.ts";
import { withParameters } from "../src/server/sql-parameters.ts";
import type { Telling } from "./bench.ts";
import { runChild } from "./child.ts";
import type { BenchOptions } from "./options.ts";
import { type BenchServer, withServer } from "./server.ts";

/** What psql does not do: nothing of it is an index or a key. */
const beside = ["base/write-path.sql", "base/views.sql", "base/payloads.sql"];

type Phases = ReadonlyMap<string, number>;

export async function measureLoad(
  telling: Telling,
  { pairs, fixture: size }: BenchOptions,
  stop: AbortSignal,
): Promise<void> {
  const fixture = bundledFixture(dms, dms.defaultVariant, dms.sizes[size] ?? {});
  measureGeneration(telling, fixture);
  await withServer(async (server) => {
    const side = { telling, server, fixture, stop };
    telling.progress("writing the CSV files");
    const csv = join(server.folder, "csv");
    await mkdir(csv);
    await exportCsv(dms, fixture.parameters, csv);
    const table = telling.table(`loading ${size}: seconds`, ["pair", "side", "phase", "s"]);
    for (let pair = 1; pair <= pairs; pair++) {
      const sides = [
        ["psql", () => byPsql(side, csv)],
        ["loadgen", () => byLoadgen(side)],
      ] as const;
      const totals: Record<string, number> = {};
      for (const [name, load] of pair % 2 === 1 ? sides : [...sides].reverse()) {
        telling.progress(`pair ${pair}: ${name}`);
        const phases = await load();
        totals[name] = [...phases.values()].reduce((sum, seconds) => sum + seconds, 0);
        for (const [phase, seconds] of [...phases, ["all", totals[name]] as const]) {
          table.row([String(pair), name, phase, seconds.toFixed(2)]);
        }
      }
      const ratio = (totals.loadgen ?? 0) / (totals.psql ?? 0);
      table.row([String(pair), "loadgen/psql", "all", ratio.toFixed(2)]);
    }
    telling.note(`most memory of this process: ${megabytes()} MB`);
  });
}

/** Alone, to nowhere: text and its bytes. */
function measureGeneration({ note }: Telling, { parameters }: Fixture): void {
  for (const data of dms.tables) {
    const startMs = performance.now();
    let rows = 0;
    for (const block of rowBlocks(data, { parameters, columns: data.columns, from: 0 })) {
      Buffer.from(block.text as string);
      rows += block.rows;
    }
    const perSecond = Math.round((rows / (performance.now() - startMs)) * 1000);
    note(`${data.table} made alone: ${rows} rows, ${perSecond} rows/s, ${megabytes()} MB at most`);
  }
}

interface Side {
  readonly telling: Telling;
  readonly server: BenchServer;
  readonly fixture: Fixture;
  readonly stop: AbortSignal;
}

async function byPsql({ server, fixture, stop }: Side, csv: string): Promise<Phases> {
  const name = privateName("bench");
  const phases = new Map<string, number>();
  const psql = async (phase: string, text: string) => {
    const file = join(server.folder, "psql.sql");
    await writeFile(file, `set client_min_messages = warning;\n${text}\n`);
    const startMs = performance.now();
    const { code, stderr } = await runChild({
      program: "psql",
      words: ["-qX", "-v", "ON_ERROR_STOP=1", "-f", file],
      env: {
        ...{ PGHOST: "127.0.0.1", PGPORT: String(server.port), PGDATABASE: name },
        ...{ PGUSER: "loadgen", PGPASSWORD: server.password },
      },
      stop,
    });
    if (code !== 0) throw new Error(`psql: ${stderr}`);
    phases.set(phase, (performance.now() - startMs) / 1000);
  };
  await run(server, `create database ${name} template template0`);
  try {
    let isBefore = true;
    for (const stage of await stagesOf(fixture)) {
      if (stage.kind === "table") {
        const { table, columns } = stage.table.data;
        const file = join(csv, `${table.split(".")[1] ?? ""}.csv`);
        await psql(table, `\\copy ${table} (${columns.join(", ")}) from '${file}' csv header`);
        isBefore = false;
        continue;
      }
      const scripts = stage.scripts.filter(({ file }) => isBefore || !beside.includes(file));
      for (const { file, text } of scripts) {
        await psql(file, withParameters(text, fixture.parameters));
      }
    }
    await psql("analyze", "analyze");
  } finally {
    await run(server, `drop database ${name} with (force)`);
  }
  return phases;
}

async function byLoadgen({ telling, server, fixture }: Side): Promise<Phases> {
  const phases = new Map<string, number>();
  let [last, sinceMs] = ["create database", performance.now()];
  const end = (next: string) => {
    const nowMs = performance.now();
    phases.set(last, (phases.get(last) ?? 0) + (nowMs - sinceMs) / 1000);
    [last, sinceMs] = [next, nowMs];
  };
  const name = await ensureFixture(server.admin, fixture, (what) => {
    if (what !== last) end(what);
  });
  end("");
  const clone = privateName("bench");
  const startMs = performance.now();
  await cloneFixture(server.admin, name, clone);
  telling.note(`a clone of it: ${((performance.now() - startMs) / 1000).toFixed(2)} s`);
  for (const database of [clone, name]) await dropDatabase(server.admin, database);
  await rm(join(server.folder, "psql.sql"), { force: true });
  return phases;
}

async function run(server: BenchServer, sql: string): Promise<void> {
  await Connection.use(server.admin, "loadgen/bench", (connection) => connection.script(sql));
}

function megabytes(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
