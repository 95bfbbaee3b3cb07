/** A system small enough to be loaded in a test: one table, and one .sql file before and after it. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Scalar } from "../../src/core/step.ts";
import type { System } from "../../src/core/system.ts";
import { defineVariant, knownVariant } from "../../src/core/variant.ts";
import type { Fixture } from "../../src/server/fixture/fixture.ts";

export interface TinySystem {
  readonly fixture: Fixture;
  readonly folder: string;
  remove(): Promise<void>;
}

export const tinySql = Object.freeze({
  before: `
    create schema tiny;
    create table tiny.Thing (Id integer, Label text, Flag boolean);`,
  after: `
    alter table tiny.Thing add primary key (Id);
    create function tiny.wanted() returns integer language sql as $$ select :things::integer $$;`,
});

/** Each has a name of its own, so that tests do not share fixtures. */
export async function tinySystem(
  rows: (things: number) => Iterable<readonly Scalar[]> = things,
): Promise<TinySystem> {
  const folder = await mkdtemp(join(tmpdir(), "loadgen-tiny-"));
  await writeFile(join(folder, "before.sql"), tinySql.before);
  await writeFile(join(folder, "after.sql"), tinySql.after);
  const system: System = {
    name: `tiny-${randomUUID().slice(0, 8)}`,
    summary: "things",
    sizes: { few: { things: 3 } },
    defaultSize: "few",
    parameters: { things: "things" },
    following: () => ({}),
    problemsOf: () => [],
    notesOn: () => [],
    parts: {
      beforeData: [{ name: "before", file: "before.sql" }],
      afterData: [{ name: "after", file: "after.sql" }],
    },
    variants: { plain: plainVariant },
    defaultVariant: "plain",
    strategies: {},
    tables: [
      {
        table: "tiny.thing",
        columns: ["Id", "Label", "Flag"],
        count: (parameters) => parameters.things ?? 0,
        rows: (parameters) => rows(parameters.things ?? 0),
        blocks: () => null,
      },
    ],
    generated: null,
    imported: null,
    payloads: null,
    invariants: [],
    audited: { noun: "thing", count: "select count($1::text[])::text as count" },
    registers: null,
  };
  return {
    fixture: {
      ...{ system, folder, files: null, payloads: null },
      variant: knownVariant(system, "plain"),
      parameters: { things: 3 },
    },
    folder,
    remove: () => rm(folder, { recursive: true }),
  };
}

const plainVariant = defineVariant({ summary: "as it is" });

function* things(count: number): Iterable<readonly Scalar[]> {
  for (let id = 1; id <= count; id++) yield [id, `thing ${id}`, id % 2 === 0];
}
