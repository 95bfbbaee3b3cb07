/**
 * What tables and indexes take up: their sizes, dead and free space (pgstattuple_approx), and how full
 * the leaf pages of B-trees are (pgstatindex; manual, F.33). Sizes open each relation, and the other
 * two read it, so all is bounded: whoever holds a lock is not waited for, and what is large is left out.
 */
import { extensionSchema } from "./instruments.ts";
import {
  type CounterRow,
  isSurvivable,
  type Parts,
  readRows,
  reasonOf,
  type Server,
} from "./reading.ts";
import { readSizes, type RelationSize, treesAmong } from "./sizes.ts";

/** A relation and what was found in it: the columns as the function has them. */
export interface Inspected {
  readonly oid: number;
  readonly name: string;
  readonly rootTable: string;
  readonly rootIndex: string | null;
  readonly found: CounterRow;
}

/** Relations that were not looked into. */
export interface LeftOut {
  readonly why: string;
  readonly relations: number;
  /** The first of them. */
  readonly examples: readonly string[];
}

export interface SpaceSnapshot {
  /** Null: they could not be read. */
  readonly sizes: readonly RelationSize[] | null;
  /** pgstattuple_approx of each table that stores rows. */
  readonly tables: readonly Inspected[];
  /** pgstatindex of B-trees. */
  readonly indexes: readonly Inspected[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Read for one snapshot, of tables and of indexes each: some tenths of a second from memory. Both read
 * through a ring of buffers of their own (BAS_BULKREAD), so that they push nothing out of the cache.
 */
const bytesMax = 256 * 1024 * 1024;

/** For all of them together: a run waits for it twice. */
const msMax = 3000;

export async function readSpace(server: Server, parts: Parts): Promise<SpaceSnapshot> {
  const sizes = await parts.read("pg_relation_size", () => readSizes(server));
  if (sizes === null) return { sizes, tables: [], indexes: [], leftOut: [] };
  const look = new Look(server, performance.now() + msMax);
  for (const { name, bytes } of sizes) if (bytes === null) look.leaveOut(name, lockedWhy);
  const schema = await extensionSchema(server, "pgstattuple", parts);
  if (schema === null) return { sizes, tables: [], indexes: [], leftOut: look.leftOut };
  const tables = sizes.filter(({ kind }) => kind === "table");
  const ofTables = await look.into(
    tables,
    ({ rootTable }) => rootTable,
    `${schema}.pgstattuple_approx`,
  );
  const trees = await treesAmong(server, sizes);
  const ofTrees = await look.into(
    trees,
    ({ rootIndex }) => rootIndex ?? "",
    `${schema}.pgstatindex`,
  );
  return { sizes, tables: ofTables, indexes: ofTrees, leftOut: look.leftOut };
}

/** Looks into relations within its limits, and says what it left out. */
class Look {
  readonly #server: Server;
  readonly #endMs: number;
  readonly #leftOut = new Map<string, string[]>();

  constructor(server: Server, endMs: number) {
    this.#server = server;
    this.#endMs = endMs;
  }

  get leftOut(): readonly LeftOut[] {
    return [...this.#leftOut].map(([why, names]) => ({
      why,
      relations: names.length,
      examples: names.slice(0, examplesMax),
    }));
  }

  async into(
    relations: readonly RelationSize[],
    treeOf: (relation: RelationSize) => string,
    sqlFunction: string,
  ): Promise<readonly Inspected[]> {
    const inspected: Inspected[] = [];
    let bytesLeft = bytesMax;
    for (const relation of inTurns(relations, treeOf)) {
      const { oid, name, rootTable, rootIndex, bytes } = relation;
      // Whoever holds it was named with the sizes.
      if (bytes === null) continue;
      if (bytes > bytesLeft) {
        this.leaveOut(name, `a snapshot reads ${bytesMax / 1024 / 1024} MB of each kind at most`);
      } else if (performance.now() > this.#endMs) {
        this.leaveOut(name, `a snapshot looks for ${msMax / 1000} s at most`);
      } else {
        bytesLeft -= bytes;
        const found = await this.#inspect(relation, sqlFunction);
        if (found !== null) inspected.push({ oid, name, rootTable, rootIndex, found });
      }
    }
    return inspected;
  }

  async #inspect({ oid, name }: RelationSize, sqlFunction: string): Promise<CounterRow | null> {
    try {
      const sql = `select to_jsonb(t)::text as json from ${sqlFunction}($1::oid::regclass) t`;
      return (await readRows(this.#server, sql, [oid]))[0] ?? null;
    } catch (error) {
      if (!isSurvivable(error)) throw error;
      // Without the relation's own name, so that equal reasons are one.
      this.leaveOut(
        name,
        `${reasonOf(error).replaceAll(/"[^"]*"|\S+\.\S+/g, "…")} (${error.code})`,
      );
      return null;
    }
  }

  leaveOut(name: string, why: string): void {
    const names = this.#leftOut.get(why);
    if (names === undefined) this.#leftOut.set(why, [name]);
    else names.push(name);
  }
}

const lockedWhy = "somebody holds it in ACCESS EXCLUSIVE mode, or waits to";

/** As many as tell which ones are meant. */
const examplesMax = 3;

/** The first of each tree, then the second of each, and so on: of every tree something is seen. */
function inTurns(
  relations: readonly RelationSize[],
  treeOf: (relation: RelationSize) => string,
): readonly RelationSize[] {
  const seen = new Map<string, number>();
  const placed = relations.map((relation) => {
    const turn = seen.get(treeOf(relation)) ?? 0;
    seen.set(treeOf(relation), turn + 1);
    return { relation, turn };
  });
  return placed.sort((one, other) => one.turn - other.turn).map(({ relation }) => relation);
}
