import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { expectCode, Loadgen, runJsonIn } from "../../helpers/loadgen.ts";

const k6 = inject("k6");

/** What a script may have that another JavaScript engine could read another way. */
const script = `-- \\set id random(1, 1000)
/* a comment /* within another */ with 'quotes */
begin;
create table if not exists "odd;name" (id int, said text);
insert into "odd;name" values (:id, $tag$ it's :id; $1 $tag$), (:id::int4, E'\\\\'); -- ;'
select ':id', said from "odd;name" where id = :id;
commit;
`;

describe.skipIf(k6 === null)("a scenario of the user's own, on k6", () => {
  let loadgen: Loadgen;
  beforeAll(async () => {
    loadgen = await Loadgen.prepared();
  });
  afterAll(() => loadgen.remove());

  /** Runs it on both engines. */
  async function bothDecide(file: string): Promise<void> {
    const words = [file, "--sessions", "1", "--transactions", "100", "--warmup", "0"];
    // Long enough for what is measured once a second.
    const given = [...words, "--think", "20ms"];
    const onPg = await loadgen.run(...given);
    const onK6 = await loadgen.run(...given, "--engine", "k6", "--k6", String(k6));
    expectCode(onPg, 0);
    expectCode(onK6, 0);
    const [pg, other] = [await runJsonIn(onPg.folder), await runJsonIn(onK6.folder)];
    expect(other.digest).toEqual(pg.digest);
    expect(other.transactions.committed).toBe(100);
  }

  it("may be SQL", async () => {
    const file = join(loadgen.folder, "mine.sql");
    await writeFile(file, script);
    await bothDecide(file);
  });

  it("may be TypeScript", async () => {
    const document = join(import.meta.dirname, "../../../docs/adding-a-scenario.md");
    const [, example = ""] = /```ts\n([\s\S]*?)```/.exec(await readFile(document, "utf8")) ?? [];
    const file = join(loadgen.folder, "add-one.ts");
    await writeFile(file, example);
    await bothDecide(file);
  });
});
