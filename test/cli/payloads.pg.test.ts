import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { expectCode, Loadgen, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared("server18");
});

afterAll(() => loadgen.remove());

it("single-document replaces by a payload of the user's own, also when it is repeated", async () => {
  const file = join(loadgen.folder, "mine.yaml");
  await writeFile(
    file,
    `
- { name: mine, documents: [7], references: 3 }
- { name: long, documents: [7, 8, 1], references: 50 }`,
  );
  const words = ["single-document", ...tinyFixture, "--transactions", "2", "--warmup", "0"];
  const own = [...words, "--payloads", file];
  const run = await loadgen.run(...own, "--payload", "mine", "--keep");
  expectCode(run, 0);
  const loaded = await loadgen.databases("loadgen_dms");
  const [kept] = await loadgen.databases("loadgen_run");
  const left = await Connection.use(
    (await loadgen.server()).withDatabase(kept ?? ""),
    "loadgen/test",
    (connection) =>
      connection.query(
        `select (select count(*)::int4 from dms.Reference where ParentDocumentId = 7 and Id > 2000),
          (select count(*)::int4 from dms.payload, unnest(document_ids) as id
            where name = 'long' and id = 7) as short`,
      ),
  );
  const short = Number(left[0]?.short);
  expect(left).toEqual([{ count: 3, short }]);
  expect(run.stdout.replace(/\s+/g, " ")).toContain(
    `${file}: long asks for 50 references of each document, but 2 of its 3 documents have fewer different ones: ${short} `,
  );

  // The plan has what was in it.
  await rm(file);
  expectCode(await loadgen.run("--repeat", run.folder), 0);
  expect(await loadgen.databases("loadgen_dms")).toEqual(loaded);

  const unknown = await loadgen.run(...words, "--payload", "mine");
  expect(unknown.code).not.toBe(0);
  expect(unknown.stdout + unknown.stderr).toContain(
    "dms.payload has no references for mine, only batch_100_mixed, single_doc_heavy, single_doc_standard",
  );
  expect(await loadgen.databases("loadgen_dms")).toHaveLength(2);

  const gone = await loadgen.command("fixtures", "load", ...tinyFixture, "--payloads", file);
  expectCode(gone, 2);
  expect(gone.stderr).toBe(`loadgen: --payloads: cannot read ${file} (ENOENT)\n`);
});
