import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Explained } from "../../src/run/explain/explained.ts";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
});

afterAll(() => loadgen.remove());

const once = ["--sessions", "1", "--transactions", "3", "--warmup", "0", "--explain"];

/** The first transaction finds no index, for it is the one that makes it. */
const script = `-- \\set n random(1, 5000)
begin;
create table if not exists thing as
  select n as key, 'thing ' || n as label from generate_series(1, 5000) as n;
select label from thing where key = :n;
create index if not exists thing_key on thing (key);
commit;
`;

async function textIn(folder: string, name: string): Promise<string> {
  return readFile(join(folder, name), "utf8");
}

it("tells of a plan that changed during a run, wherever a run is told of", async () => {
  await writeFile(join(loadgen.folder, "index.sql"), script);
  const run = await loadgen.run("index.sql", ...once);
  const { explain, digest, crossCheck } = await runJsonIn(run.folder);
  const [change = "", ...others] = explain?.index?.planChanged ?? [];
  expect(others).toEqual([]);
  expect(change).toMatch(/^index-2: Seq Scan on public\.thing became .*thing_key/);
  const sentence = `plan of index changed: ${change}`;
  expect(run.stdout).toContain(sentence);
  expect(await textIn(run.folder, "summary.md")).toContain(sentence);
  const page = await textIn(run.folder, "report.html");
  expect(page).toContain("index: its plan changed");
  // It is the page's own file, whoever writes it.
  expectCode(await loadgen.command("report", run.folder), 0);
  expect(await textIn(run.folder, "report.html")).toBe(page);

  const without = await loadgen.run("index.sql", ...once.slice(0, -1));
  const plain = await runJsonIn(without.folder);
  expect(plain.explain).toBeNull();
  expect(plain.digest).toEqual(digest);
  // The other statistics are not those of the plans, either: the server's count agrees with ours.
  expect([crossCheck.kind, plain.crossCheck.kind]).toEqual(["agrees", "agrees"]);
});

it("explains every operation of a system, and no invariant minds", async () => {
  const run = await loadgen.run("mixed", ...tinyFixture, ...once);
  expectCode(run, 0);
  const { explain } = await runJsonIn(run.folder);
  expect(Object.keys(explain ?? {})).toHaveLength(5);
  for (const { before, problems } of Object.values(explain ?? {})) {
    expect(problems).toEqual([]);
    expect(before?.buffersHit).toBeGreaterThan(0);
  }
  const stored = JSON.parse(await textIn(run.folder, "explain.json")) as Explained;
  const replace = stored.before?.operations["replace-references"]?.statements ?? [];
  const nested = replace.flatMap((one) => one.nested.map(({ text }) => text));
  expect(nested).toContainEqual(expect.stringContaining("insert into dms.Reference"));
  // The plans came here, and nowhere else.
  expect(await textIn(loadgen.home, "server.log")).not.toContain("Query Text");
});
