import { expect, it } from "vitest";
import { Beside } from "../../src/observe/beside.ts";
import { Connection } from "../../src/server/connection.ts";
import { onEachServer } from "../faults/in-run.ts";
import { freshDatabase, until } from "../helpers/postgres.ts";

onEachServer((server) => {
  it("adds up what connections wait for, by application, and how far vacuums are", async () => {
    const database = await freshDatabase(server().address);
    const open = (name: string) => Connection.open(database.address, name);
    const sessions = await Promise.all(
      ["loadgen/pay/1", "loadgen/pay/2", "loadgen/chaos", "psql"].map(open),
    );
    const cleaner = await open("cleaner");
    try {
      for (const session of sessions.slice(0, 3)) await session.script("begin");
      await cleaner.script(`create table public.t as select generate_series(1, 20000) as i;
        set vacuum_cost_delay = 100; set vacuum_cost_limit = 1`);
      const vacuum = cleaner.query("vacuum public.t").catch(() => "cancelled");
      const beside = new Beside();
      await until(async () => {
        await beside.look(database.connection);
        return beside.seen.vacuums.length > 0;
      }, "the vacuum is seen");
      await beside.look(database.connection);
      await database.connection.query(
        "select pg_cancel_backend(pid) from pg_stat_activity where application_name = 'cleaner'",
      );
      expect(await vacuum).toBe("cancelled");
      const { samples, waits, vacuums } = beside.seen;
      const wait = { type: "Client", event: "ClientRead" };
      expect(waits).toContainEqual({ application: "loadgen/pay", ...wait, samples: 2 * samples });
      expect(waits).toContainEqual({ application: "loadgen/chaos", ...wait, samples });
      expect(waits.map(({ application }) => application)).not.toContain("psql");
      expect(vacuums).toMatchObject([{ table: "public.t" }]);
      const seen = Object.values(vacuums[0]?.phases ?? {}).reduce((sum, one) => sum + one, 0);
      expect(seen).toBeGreaterThan(1);
    } finally {
      await Promise.all([...sessions, cleaner].map((one) => one.close()));
      await database.drop();
    }
  });
});
