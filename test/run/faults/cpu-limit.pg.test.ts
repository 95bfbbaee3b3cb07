/** Whether a fault that pins a run's backends is proven by what the run reads of them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cpuLimit } from "../../../src/faults/cpu-limit.ts";
import { type Fault, nothingInForce } from "../../../src/faults/fault.ts";
import type { PlannedFault } from "../../../src/core/plan.ts";
import { sessionPrefix } from "../../../src/engine/session-name.ts";
import { startObserver, tablesIntervalMsMax } from "../../../src/observe/observer.ts";
import { measure } from "../../../src/run/measure.ts";
import { evidenceAround } from "../../../src/run/windows.ts";
import { Connection } from "../../../src/server/connection.ts";
import { ledgerDatabase, ledgerScenario, rowsIn } from "../../helpers/ledger.ts";
import { measureOptions, planWith, silentListener } from "../../helpers/plan.ts";
import { type FreshDatabase, until } from "../../helpers/postgres.ts";
import { arm } from "./fault.ts";

let database: FreshDatabase;
let journalFolder: string;

beforeEach(async () => {
  database = await ledgerDatabase();
  journalFolder = await mkdtemp(join(tmpdir(), "loadgen-cpu-"));
});

afterEach(async () => {
  await database.drop();
  await rm(journalFolder, { recursive: true });
});

/** Ends the run once the fault has come and gone, or, where it stands, with the first transactions. */
async function proofOf(fault: Fault, times: Partial<PlannedFault>) {
  const armed = arm(fault, { parameters: { cores: 1 }, ...times });
  const interruption = new AbortController();
  const phases: string[] = [];
  const measuring = measure(
    measureOptions({
      plan: planWith({ sessions: 3, durationMs: 3_600_000, transactionsPerSession: null }),
      scenario: ledgerScenario(),
      address: database.address,
      journalFolder,
      armed: [armed],
      // Not of our starting, as far as the observers know; the processes are here all the same.
      local: false,
      interrupted: interruption.signal,
      listener: { ...silentListener, phase: (text) => phases.push(text) },
    }),
  );
  const isOver = async () =>
    armed.planned.startMs === null
      ? (await rowsIn(database)) > 0
      : phases.includes("fault over: cpu-limit");
  await until(isOver, "the fault");
  interruption.abort("SIGINT");
  const measured = await measuring;
  const [course] = measured.courses;
  expect(course).toMatchObject({ injectProblem: null, undoProblem: null });
  const evidence = evidenceAround(course!, measured);
  return { evidence, proof: fault.prove(evidence!, armed.parameters) };
}

const passing = { startMs: 300, lengthMs: 300 };

describe("a run whose backends are pinned", () => {
  it("sees it between its baseline and its recovery", async () => {
    const { evidence, proof } = await proofOf(cpuLimit, passing);
    expect(evidence?.fault.cores).toEqual({ backends: 3, fewest: 1, most: 1 });
    expect(evidence?.baseline?.cores?.fewest).toBeGreaterThan(1);
    expect(evidence?.recovery?.cores).toEqual(evidence?.baseline?.cores);
    expect(proof.effective).toBe(true);
  });

  it("sees it where it stands from before the warm-up", async () => {
    const { evidence, proof } = await proofOf(cpuLimit, {});
    expect(evidence).toMatchObject({ baseline: null, recovery: null });
    expect(proof.effective).toBe(true);
  });

  it("sees that a fault which pins none of them took no effect", async () => {
    const idle: Fault = { ...cpuLimit, inject: () => Promise.resolve(nothingInForce) };
    const { proof } = await proofOf(idle, passing);
    expect(proof.effective).toBe(false);
  });

  it("sees that one which is not released is still in force", async () => {
    const lasting: Fault = {
      ...cpuLimit,
      inject: async (...given) => ({ ...(await cpuLimit.inject(...given)), ...nothingInForce }),
    };
    const { proof } = await proofOf(lasting, passing);
    expect(proof.effective).toBe(false);
    expect(proof.evidence).toMatch(/, 1 core in the recovery$/);
  });
});

describe("the backends of a run's sessions", () => {
  it("are those of its scenario's sessions in its database: no observer, no fault, nobody else", async () => {
    const names = ["ledger/0", "ledger/17", "observer", "chaos", "ledgers/0", "counters"];
    const open = (name: string) => Connection.open(database.address, `loadgen/${name}`);
    const opened = await Promise.all(names.map(open));
    const observer = await startObserver({
      address: database.address,
      filter: sessionPrefix(ledgerScenario()),
      clock: () => performance.now(),
      local: true,
      tablesIntervalMs: tablesIntervalMsMax,
    });
    try {
      const asked = opened.map((one) => one.query("select pg_backend_pid() as pid"));
      const pids = (await Promise.all(asked)).map(([row]) => Number(row?.pid));
      const found = await observer.sessionPids();
      expect([...(found ?? [])].sort()).toEqual(pids.slice(0, 2).sort());
    } finally {
      await observer.stop();
      await Promise.all(opened.map((one) => one.close()));
    }
  });
});
