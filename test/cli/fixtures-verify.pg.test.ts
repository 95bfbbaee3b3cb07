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

it("says what a database was loaded as, where a mark tells, and not how many rows differ from another", async () => {
  const run = await loadgen.run("single-document", "--transactions", "1", ...tinyFixture, "--keep");
  expectCode(run, 0);
  const [kept = ""] = await loadgen.databases("loadgen_run_");
  const ofKept = (...words: readonly string[]) =>
    loadgen.command("fixtures", "verify", "--database", kept, ...words);

  const wrong = [
    [...tinyFixture, "--variant", "merge"],
    [...tinyFixture, "--variant", "alias-id"],
    ["--documents", "201", "--references", "2000"],
  ];
  for (const words of wrong) {
    const refused = await ofKept(...words);
    expectCode(refused, 2);
    expect(refused.stderr).toContain(
      `--database: ${kept} was loaded as system dms, variant current, documents 200, references 2000, `,
    );
    expect(refused.stderr).toContain("and what was asked for is system dms, variant ");
    // What it says to type is taken, and finds what the run wrote alone.
    const typed = /: type loadgen (.*)\n/.exec(refused.stderr)?.[1]?.split(" ") ?? [];
    const taken = await loadgen.command(...typed, "--json");
    expectCode(taken, 96);
    expect(JSON.parse(taken.stdout)).toMatchObject({
      tables: [{ isEqual: true }, { isEqual: true }, { isEqual: false }],
    });
  }
  // Another variant with the same rows.
  expectCode(await ofKept(...tinyFixture, "--variant", "fillfactor-85"), 96);

  // Nobody knows what it was loaded as once its template is gone.
  const [template = ""] = await loadgen.databases("loadgen_dms_");
  await Connection.use(await loadgen.server(), "loadgen/test", (connection) =>
    connection.query(`alter database ${template} rename to elsewhere`),
  );
  expectCode(await ofKept(...tinyFixture, "--variant", "merge"), 96);
  await Connection.use(await loadgen.server(), "loadgen/test", (connection) =>
    connection.query(`alter database elsewhere rename to ${template}`),
  );
});

it("fixtures load refuses what does not fit how the rows are made", async () => {
  const refused = await loadgen.command("fixtures", "load", "--mode", "by-hand", "--chunk", "0");
  expectCode(refused, 2);
  expect(refused.stderr).toBe(
    'loadgen: --mode: expected one of stream, sql, got "by-hand"\n' +
      'loadgen: --chunk: expected a whole number from 1 to 10000000, got "0"\n',
  );
});
