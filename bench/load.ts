/**
 * Loading a fixture beside psql, which copies ready-made CSV files into bare tables and then builds the
 * same indexes and keys. What either does beside that stands in rows of its own, and in its total: psql
 * ANALYZE; loadgen its start, making the rows, what else its variant has, and VACUUM (FREEZE, ANALYZE).
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { dms } from "../fixtures/dms/system.ts";
import { Connection } from "../src/server/connection.ts";
import { rowBlocks } from "../src/server/fixture/copy-text.ts";
import { bundledFixture } from "../src/server/fixture/fixture.ts";
import { exportCsv } from "../src/server/fixture-csv.ts";
import { byLoadgen } from "./load-loadgen.ts";
import { type LoadSide, phasesOf } from "./load-phases.ts";
import { byPsql } from "./load-psql.ts";
import { lackOfRoom } from "./load-room.ts";
import type { BenchOptions } from "./options.ts";
import { withServer } from "./server.ts";
import { type Spread, spreadOf } from "./spread.ts";
import { missing, spreadText } from "./table.ts";

/** Seconds by phase. */
type Seconds = ReadonlyMap<string, number>;

interface Pair {
  readonly psql: Seconds;
  readonly loadgen: Seconds;
}

export async function measureLoad(
  side: Pick<LoadSide, "telling" | "loadgen" | "stop">,
  { pairs: pairCount, fixture: size }: BenchOptions,
): Promise<void> {
  const { telling, stop } = side;
  const fixture = bundledFixture(dms, dms.defaultVariant, dms.sizes[size] ?? {});
  await withServer(async (server) => {
    const lack = await lackOfRoom(server.folder, fixture);
    if (lack !== null) {
      telling.note(`load is left out: ${lack}`);
      return;
    }
    const phases = await phasesOf(fixture);
    const more = new Map<string, number[]>();
    const found = (what: string, value: number) => {
      more.set(what, [...(more.get(what) ?? []), value]);
    };
    const csv = join(server.folder, "csv");
    const all = { ...side, server, size, fixture, phases, csv, found };
    telling.progress("making the rows, to nowhere");
    measureGeneration(all);
    telling.progress("writing the CSV files");
    await mkdir(csv);
    await exportCsv(dms, fixture.parameters, csv);
    const pairs: Pair[] = [];
    while (pairs.length < pairCount) {
      stop.throwIfAborted();
      pairs.push(await measurePair(all, pairs.length + 1, pairCount));
    }
    tell(all, pairs);
    const table = telling.table(`loading ${size}: what else`, ["what".padEnd(wide), "figure"]);
    for (const [what, values] of more) table.row([what, spreadText(spreadOf(values))]);
  });
}

/** Whoever comes first alternates, and neither pays for what the other has not written out yet. */
async function measurePair(side: LoadSide, number: number, pairs: number): Promise<Pair> {
  const { telling, server, csv } = side;
  const measured = async (name: string, load: (side: LoadSide) => Promise<Seconds>) => {
    telling.progress(`pair ${number}: ${name}`);
    await Connection.use(server.admin, "loadgen/bench", (it) => it.query("checkpoint"));
    const seconds = await load(side);
    telling.progress(`pair ${number}: ${name} took ${totalOf(seconds).toFixed(1)} s`);
    return seconds;
  };
  const psql = async () => {
    const seconds = await measured("psql", byPsql);
    // What nobody needs any more is room for the other side.
    if (number === pairs) await rm(csv, { recursive: true });
    return seconds;
  };
  const isPsqlFirst = number % 2 === 1;
  const before = isPsqlFirst ? await psql() : null;
  const loadgen = await measured("loadgen", byLoadgen);
  return { psql: before ?? (await psql()), loadgen };
}

function measureGeneration({ fixture, found }: LoadSide): void {
  const { parameters } = fixture;
  for (const data of dms.tables) {
    const startMs = performance.now();
    let rows = 0;
    for (const block of rowBlocks(data, { parameters, columns: data.columns, from: 0 })) {
      // As they are sent: in bytes.
      Buffer.from(block.text as string);
      rows += block.rows;
    }
    const perSecond = (rows / (performance.now() - startMs)) * 1000;
    found(`${data.table} made alone, 1000 rows/s`, perSecond / 1000);
  }
  found("making the rows alone, most resident MB", process.resourceUsage().maxRSS / 1024);
}

/** The longest name of a phase fits. */
const wide = 48;

function tell({ telling, phases, size }: LoadSide, pairs: readonly Pair[]): void {
  const heading = ["phase".padEnd(wide), "psql s".padStart(24), "loadgen s".padStart(24), "ratio"];
  const table = telling.table(`loading ${size}: seconds`, heading);
  const row = (name: string, figure: (seconds: Seconds) => number | undefined) => {
    const psql = pairs.flatMap((pair) => figure(pair.psql) ?? []);
    const loadgen = pairs.flatMap((pair) => figure(pair.loadgen) ?? []);
    const ratios = loadgen.flatMap((one, index) => {
      const other = psql[index];
      return other === undefined ? [] : one / other;
    });
    table.row([name, ...[psql, loadgen, ratios].map(textOf)]);
  };
  for (const { name } of phases) row(name, (seconds) => seconds.get(name));
  row("all", totalOf);
}

function textOf(values: readonly number[]): string {
  if (values.length === 0) return missing;
  const spread: Spread = spreadOf(values);
  return spreadText(spread);
}

function totalOf(seconds: Seconds): number {
  return [...seconds.values()].reduce((sum, one) => sum + one, 0);
}
