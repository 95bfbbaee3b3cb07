import { describe, expect, it } from "vitest";
import { planOf, problemsOf } from "./plan-request.ts";

describe("pool-limit on k6", () => {
  const chaos = ["pool-limit:max=6@1s+2s"];

  it("goes through PgBouncer, and on pg by the gate", () => {
    const [onK6] = planOf({ engine: "k6", chaos }).faults;
    expect(onK6).toMatchObject({ text: chaos[0], parameters: { max: 6, via: "pgbouncer" } });
    expect(planOf({ chaos }).faults[0]?.parameters.via).toBe("gate");
  });

  it("goes as the engine has it when a plan of the other one is repeated", () => {
    const repeated = planOf({ chaos });
    expect(planOf({ engine: "k6" }, { repeated }).faults[0]?.parameters.via).toBe("pgbouncer");
  });

  it("is refused where it is to go by the gate", () => {
    expect(problemsOf({ engine: "k6", chaos: ["pool-limit:max=6,via=gate"] })).toEqual([
      "--chaos: pool-limit: via=gate: expected pgbouncer (k6's sessions share no gate)",
    ]);
  });

  it("is refused where the pool is no wider, for then it limits nothing", () => {
    const problem =
      "--chaos pool-limit:max=6@1s+2s narrows the pool of --pool-max 6: expected a max below 6";
    expect(problemsOf({ engine: "k6", poolMax: 6, chaos })).toEqual([problem]);
    expect(problemsOf({ engine: "k6", poolMax: 7, chaos })).toEqual([]);
    expect(problemsOf({ poolMax: 6, chaos })).toEqual([]);
  });
});
