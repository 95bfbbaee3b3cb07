import { afterAll, beforeAll, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { environmentOf, expectCode, Loadgen, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
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
    `loadgen: ${template}  system dms, variant current, documents 200`,
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
    connection.script("update dms.reference set ReferentialPartitionKey = 3 where Id = 1234"),
  );
});
