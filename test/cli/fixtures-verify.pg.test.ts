import { afterAll, beforeAll, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { environmentOf, expectCode, Loadgen, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared("server18");
});

afterAll(() => loadgen.remove());

const verify = (...words: readonly string[]) =>
  loadgen.command("fixtures", "verify", ...tinyFixture, ...words);

it("fixtures verify tells whether what is loaded is what was asked for", async () => {
  const none = await verify();
  expectCode(none, 2);
  expect(none.stderr).toMatch(/no fixture of system dms, variant current, documents 200, .*loaded/);
  expect(none.stderr).toContain("loadgen: no fixture is loaded\n");

  const load = ["fixtures", "load", ...tinyFixture, "--mode", "sql", "--chunk", "300"];
  const loaded = await loadgen.command(...load);
  expectCode(loaded, 0);
  const template = /\nloaded: (\S+)\n$/.exec(loaded.stdout)?.[1] ?? "";

  const equal = await verify();
  expectCode(equal, 0);
  expect(equal.stdout).toMatch(/dms\.reference +2 000 +[0-9a-f]{16} +equal/);
  // The copy that was compared is gone.
  expect(await loadgen.databases("loadgen_")).toEqual([template]);

  const other = await loadgen.command("fixtures", "verify", "--documents", "201");
  expectCode(other, 2);
  expect(other.stderr).toContain(
    `loadgen: ${template}  system dms, loaded for variant current, documents 200`,
  );

  const itself = await verify("--database", template);
  expectCode(itself, 2);
  expect(itself.stderr).toContain(`--database: ${template} is a fixture`);

  const server = await loadgen.server();
  await Connection.use(server, "loadgen/test", (connection) =>
    connection.script(`create database mine template ${template}`),
  );
  const mine = server.withDatabase("mine");
  await Connection.use(mine, "loadgen/test", (connection) =>
    connection.script(`
      set session_replication_role = replica;
      update dms.reference set ReferentialPartitionKey = (ReferentialPartitionKey + 1) % 16
        where Id = 1234`),
  );
  // Read in the user's own database, which is told by the libpq variables.
  const env = environmentOf(server);
  const words = ["fixtures", "verify", ...tinyFixture, "--database", "mine"];
  const unequal = await loadgen.start(words, env).ended;
  expectCode(unequal, 96);
  expect(unequal.stdout).toMatch(
    /dms\.reference, id 1234: changed in ReferentialPartitionKey\n +expected id 1234, .*\n +found +id 1234, /,
  );
  expect(unequal.stdout).toContain("FAIL (exit code 96): dms.reference: 1 row changed\n");

  const json = await verify("--database", "mine", "--json");
  expectCode(json, 96);
  expect(JSON.parse(json.stdout)).toMatchObject({
    schema: "loadgen.verify/1",
    verdict: { status: "fail", exitCode: 96, reasons: ["dms.reference: 1 row changed"] },
    database: "mine",
    tables: [
      { table: "dms.document", isEqual: true },
      { table: "dms.alias", isEqual: true },
      { table: "dms.reference", isEqual: false, changed: 1, shown: [{ kind: "changed" }] },
    ],
  });
});

it("fixtures load refuses what does not fit how the rows are made", async () => {
  const refused = await loadgen.command("fixtures", "load", "--mode", "by-hand", "--chunk", "0");
  expectCode(refused, 2);
  expect(refused.stderr).toBe(
    'loadgen: --mode: expected one of stream, sql, got "by-hand"\n' +
      'loadgen: --chunk: expected a whole number from 1 to 10000000, got "0"\n',
  );
});
