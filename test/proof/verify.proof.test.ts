/**
 * The full claim at the size `small`: of two million references, one changed row is found, in bounded
 * memory, whether the rows were sent or made by the database.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { expectCode, Loadgen } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
});

afterAll(() => loadgen.remove());

const small = ["--fixture", "small"] as const;

it.each(["stream", "sql"])("finds one changed row of 2 000 000, mode %s", async (mode) => {
  expectCode(await loadgen.command("db", "reset"), 0);
  const loaded = await loadgen.command("fixtures", "load", ...small, "--mode", mode);
  expectCode(loaded, 0);
  const template = /\nloaded: (\S+)\n$/.exec(loaded.stdout)?.[1] ?? "";
  const equal = await loadgen.command("fixtures", "verify", ...small);
  process.stdout.write(`\n${equal.stdout}`);
  expectCode(equal, 0);

  const server = await loadgen.server();
  const name = `changed_${mode}`;
  await Connection.use(server, "loadgen/test", (connection) =>
    connection.script(`create database ${name} template ${template}`),
  );
  await Connection.use(server.withDatabase(name), "loadgen/test", (connection) =>
    connection.script(`
      set session_replication_role = replica;
      update dms.reference set ReferencedDocumentId = ReferencedDocumentId + 1 where Id = 1765432`),
  );
  const unequal = await loadgen.command("fixtures", "verify", ...small, "--database", name);
  process.stdout.write(`\n${unequal.stdout}`);
  expectCode(unequal, 96);
  expect(unequal.stdout).toContain("dms.reference, id 1765432: changed in ReferencedDocumentId\n");
  expect(unequal.stdout).toContain("FAIL (exit code 96): dms.reference: 1 row changed\n");
});
