import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../../helpers/loadgen.ts";

const k6 = inject("k6");

describe.skipIf(k6 === null)("a scenario on k6", () => {
  let loadgen: Loadgen;
  beforeAll(async () => {
    loadgen = await Loadgen.fresh();
  });
  afterAll(() => loadgen.remove());

  it.each(["concurrent", "single-document", "mixed", "point-read"])(
    "%s decides as on pg, and leaves clean data",
    async (scenario) => {
      const words = [scenario, ...tinyFixture, "--sessions", "3", "--transactions", "5"];
      const given = [...words, "--warmup", "200ms", "--think", "0"];
      const onPg = await loadgen.run(...given);
      const onK6 = await loadgen.run(...given, "--engine", "k6", "--k6", String(k6));
      expectCode(onPg, 0);
      expectCode(onK6, 0);
      const [pg, other] = [await runJsonIn(onPg.folder), await runJsonIn(onK6.folder)];
      expect(other.digest).toEqual(pg.digest);
      expect(other.transactions.committed).toBe(15);
      expect(other.invariants.every(({ ok }) => ok === true)).toBe(true);
    },
  );
});
