/** `current` under load over several autovacuum cycles, on a server whose autovacuum looks every second. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
  await Connection.use(await loadgen.server(), "loadgen/test", async (connection) => {
    await connection.query("alter system set autovacuum_naptime = '1s'");
    await connection.query("select pg_reload_conf()");
  });
});

afterAll(() => loadgen.remove());

it("spans three cycles at least, and says whether dead rows and sizes level off", async () => {
  const run = await loadgen.run(
    ...["concurrent", ...tinyFixture, "--sessions", "4", "--think", "10ms..20ms"],
    ...["--duration", "3m"],
  );
  expectCode(run, 0);
  const reference = (await runJsonIn(run.folder)).soak.find(
    ({ table }) => table === "dms.reference",
  );
  expect(reference).toMatchObject({ kind: "judged" });
  expect(reference?.cycles).toBeGreaterThanOrEqual(3);
  expect(run.stdout).toMatch(/dms\.reference +\d+ +(levels off at|still grows by)/);
  console.log(run.stdout.split("\n\n").find((part) => part.startsWith("Dead rows")));
});
