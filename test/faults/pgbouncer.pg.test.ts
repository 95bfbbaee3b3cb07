/** pool-limit through a real PgBouncer, alone and behind the proxy. */
import { describe, expect, it } from "vitest";
import { latency } from "../../src/faults/latency.ts";
import { pgbouncerProblems, pgbouncerProgram } from "../../src/faults/pgbouncer.ts";
import { poolLimit } from "../../src/faults/pool-limit.ts";
import { statement } from "../../src/core/step.ts";
import { execute } from "../../src/core/transaction.ts";
import { countOf } from "../../src/metrics/operation-tally.ts";
import { append, ledgerScenario } from "../helpers/ledger.ts";
import { onEachServer, runFaults } from "./in-run.ts";

const isThere = pgbouncerProgram() !== null;
if (!isThere) {
  console.warn(
    "left out: pool-limit through PgBouncer, which needs one (apt-get install pgbouncer)",
  );
}

const faults = [latency, poolLimit];

/** As it takes its time within the transaction, there is a queue. */
const slowAppend = ledgerScenario(function* (amount) {
  yield* append(amount);
  yield* execute(statement("think", "select pg_sleep(0.01)"));
});

describe.runIf(isThere)("pool-limit:via=pgbouncer", () => {
  onEachServer((server) => {
    it("lets no more sessions at the server, and more again afterwards", async () => {
      const { proof, course, measured, evidence } = await runFaults(server(), {
        texts: ["pool-limit:max=2,via=pgbouncer@400ms+1200ms"],
        faults,
        scenario: slowAppend,
        plan: { sessions: 8 },
      });
      expect(course).toMatchObject({ injectProblem: null, undoProblem: null, trouble: null });
      expect(proof.effective).toBe(true);
      expect(proof.evidence).toContain("waiting");
      expect(Number(evidence.figures.waitingMax)).toBeGreaterThanOrEqual(4);
      const { totals } = measured.timeline;
      expect(totals.sum(countOf("committed"))).toBeGreaterThan(20);
      expect(totals.sum(countOf("aborted"))).toBe(0);
      expect(totals.reconnects).toBe(0);
    });

    it("is not proven where nobody had to wait", async () => {
      const { proof } = await runFaults(server(), {
        texts: ["pool-limit:max=8,via=pgbouncer@200ms+500ms"],
        faults,
      });
      expect(proof.effective).toBe(false);
    });

    it("works behind the proxy, which sees what sessions say", async () => {
      const { measured } = await runFaults(server(), {
        texts: ["pool-limit:max=2,via=pgbouncer@200ms+800ms", "latency:ms=20@200ms+800ms"],
        faults,
        scenario: slowAppend,
        plan: { sessions: 6 },
      });
      expect(measured.courses.map(({ injectProblem }) => injectProblem)).toEqual([null, null]);
      expect(measured.timeline.totals.sum(countOf("aborted"))).toBe(0);
      expect(measured.timeline.totals.sum(countOf("committed"))).toBeGreaterThan(5);
    });
  });
});

describe("pool-limit:via=pgbouncer says before the run", () => {
  const wish = { by: "pool-limit", otherwise: "leave it out" };
  const place = (ssl: boolean) => ({ query: () => Promise.resolve([{ ssl }]) });

  it("that PgBouncer is missing", async () => {
    expect(await pgbouncerProblems(place(false), null, wish)).toEqual([
      expect.stringContaining("apt-get install pgbouncer"),
    ]);
  });

  it("that it would connect without TLS", async () => {
    expect(await pgbouncerProblems(place(true), "/usr/sbin/pgbouncer", wish)).toEqual([
      expect.stringContaining("without TLS"),
    ]);
  });

  it("nothing where it would work", async () => {
    expect(await pgbouncerProblems(place(false), "/usr/sbin/pgbouncer", wish)).toEqual([]);
  });
});
