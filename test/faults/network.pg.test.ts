/** The faults of the network in real runs, by way of the proxy in its thread. */
import { describe, expect, it } from "vitest";
import { bandwidth } from "../../src/faults/bandwidth.ts";
import { commitDelay } from "../../src/faults/commit-delay.ts";
import { commitReplyLost } from "../../src/faults/commit-reply-lost.ts";
import type { Fault } from "../../src/faults/fault.ts";
import { halfOpen } from "../../src/faults/half-open.ts";
import { latency } from "../../src/faults/latency.ts";
import { parseCut } from "../../src/faults/parse-cut.ts";
import { reset } from "../../src/faults/reset.ts";
import { countOf } from "../../src/metrics/operation-tally.ts";
import type { Measured } from "../../src/run/measure.ts";
import { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { rowsIn } from "../helpers/ledger.ts";
import { until } from "../helpers/postgres.ts";
import { type FaultRun, type FaultSeen, onEachServer, runFaults } from "./in-run.ts";

/** What 14 says of its statistics is up to half a second old: what is to be seen in them lasts for longer. */
const countedMs = 1_200;

const faults = [bandwidth, commitDelay, commitReplyLost, halfOpen, latency, parseCut, reset];

function countsOf({ timeline }: Measured) {
  const { totals } = timeline;
  return {
    committed: totals.sum(countOf("committed")),
    unknown: totals.sum(countOf("unknown")),
    reconnects: totals.reconnects,
  };
}

onEachServer((server) => {
  const run = (text: string, given: Partial<FaultRun> = {}): Promise<FaultSeen> =>
    runFaults(server(), { texts: [text], faults, ...given });

  it("latency makes each round trip longer, and is over when it is over", async () => {
    const { proof, evidence } = await run("latency:ms=30,jitter=10@300ms+700ms");
    expect(proof.effective).toBe(true);
    expect(proof.evidence).toContain("held up");
    expect(proof.evidence).toContain("idle in them for");
    expect(evidence.fault.service.meanUs).toBeGreaterThan(100_000);
    expect(evidence.baseline!.service.meanUs).toBeLessThan(30_000);
  });

  it("latency may be in one direction", async () => {
    const { proof, evidence } = await run("latency:ms=40,direction=to-client@100ms+600ms");
    expect(proof.effective).toBe(true);
    expect(evidence.fault.service.meanUs).toBeGreaterThan(100_000);
    expect(evidence.fault.service.meanUs).toBeLessThan(240_000);
  });

  it("bandwidth makes all sessions queue for the line", async () => {
    const { proof } = await run("bandwidth:rate=4kB@300ms+700ms");
    expect(proof.effective).toBe(true);
    expect(proof.evidence).toContain("piece");
  });

  it("commit-delay holds up COMMIT alone", async () => {
    const { proof, evidence } = await run("commit-delay:ms=80@200ms+700ms");
    expect(proof.effective).toBe(true);
    expect(proof.evidence).toContain("COMMIT");
    expect(evidence.fault.service.meanUs).toBeGreaterThan(79_000);
    expect(evidence.fault.service.meanUs).toBeLessThan(160_000);
  });

  it("commit-reply-lost leaves outcomes unknown that are committed", async () => {
    let rows = 0;
    const { proof, measured, evidence } = await run(
      `commit-reply-lost:percent=50@100ms+${countedMs}ms`,
      {
        async meanwhile(database, phases) {
          await until(() => phases.some((text) => text.startsWith("fault over")), "its end");
          rows = await rowsIn(database);
        },
      },
    );
    const unheard = Number(evidence.figures.hits);
    const { committed, unknown, reconnects } = countsOf(measured);
    expect(proof.effective, proof.evidence).toBe(true);
    // It is in force for a moment longer than its figures are of.
    expect(unknown).toBeGreaterThanOrEqual(unheard);
    expect(reconnects).toBeGreaterThan(0);
    expect(rows).toBeGreaterThanOrEqual(unheard);
    expect(rows).toBeLessThanOrEqual(committed + unknown);
  });

  it("parse-cut ends sessions within a statement, which commits nothing", async () => {
    const { proof, measured } = await run(`parse-cut:percent=20@100ms+${countedMs}ms`);
    expect(proof.effective).toBe(true);
    expect(proof.evidence).toContain("lost their client");
    expect(countsOf(measured)).toMatchObject({ unknown: 0 });
    expect(countsOf(measured).reconnects).toBeGreaterThan(0);
  });

  it("reset ends connections again and again, and sessions come back", async () => {
    const { proof, measured, evidence } = await run(
      `reset:percent=50,every=100ms@100ms+${countedMs}ms`,
    );
    expect(proof.effective).toBe(true);
    expect(Number(evidence.figures.resets)).toBeGreaterThanOrEqual(4);
    expect(evidence.fault.errors).toHaveProperty("ECONNRESET");
    expect(countsOf(measured).reconnects).toBeGreaterThan(0);
  });

  it("half-open keeps clients waiting for their own timeout", async () => {
    const { proof, evidence } = await run("half-open:percent=50@100ms+900ms", {
      plan: { timeoutMs: 300 },
    });
    expect(proof).toEqual({
      effective: true,
      evidence:
        "on 2 connections of 2 something was sent in vain; the server had 2 sessions on them not at work, of which it had not heard for half of the time",
    });
    expect(evidence.fault.errors).toHaveProperty("client-timeout");
  });

  it("half-open counts no session that only thinks, and proves nothing where all do", async () => {
    const { proof, evidence } = await run("half-open:percent=50@100ms+300ms", {
      plan: { thinkMs: [60_000, 60_000] },
    });
    expect(evidence.figures).toEqual({ silenced: 2, inVain: 0, unheardOf: 2 });
    expect(proof.effective).toBe(false);
  });

  it("half-open knows its connections by a Unix socket, too", async () => {
    const { user, password, port } = server().address.clientConfig("");
    const [row] = await Connection.use(server().address, "loadgen/test", (connection) =>
      connection.query("select btrim(current_setting('unix_socket_directories'), '\"') as folder"),
    );
    const folder = encodeURIComponent(String(row?.folder));
    const url = `postgresql://${user}@${folder}:${port}/postgres`;
    const address = Address.from(url, { PGPASSWORD: String(password) });
    const { proof, evidence } = await runFaults(
      { ...server(), address },
      { texts: ["half-open:percent=50@100ms+300ms"], faults },
    );
    expect(proof.effective).toBe(true);
    expect(evidence.figures).toEqual({ silenced: 2, inVain: 2, unheardOf: 2 });
  });

  it("half-open resets what it silenced, so that clients notice that have no timeout", async () => {
    const { proof, measured } = await run("half-open:percent=100@100ms+300ms");
    expect(proof.effective).toBe(true);
    expect(countsOf(measured).reconnects + measured.lostConnections).toBeGreaterThanOrEqual(4);
  });

  it("several are in force at a time, each with its own proof", async () => {
    const { measured } = await run("latency:ms=20@100ms+600ms", {
      texts: ["latency:ms=20@100ms+600ms", "reset:percent=30,every=100ms@200ms+400ms"],
    });
    expect(measured.courses.map(({ injectProblem }) => injectProblem)).toEqual([null, null]);
    expect(countsOf(measured).reconnects).toBeGreaterThan(0);
  });
});

describe("a fault of the network", () => {
  const tls = (ssl: boolean) => ({
    target: { query: () => Promise.resolve([{ ssl }]) },
    host: null,
  });

  it.each([commitDelay, commitReplyLost, parseCut])(
    "needs messages that TLS hides",
    async (fault) => {
      const parameters = { ms: 1, percent: 1 };
      expect(await fault.check(tls(true), parameters)).toEqual([
        expect.stringContaining(`${fault.name} looks into messages, which TLS hides`),
      ]);
      expect(await fault.check(tls(false), parameters)).toEqual([]);
    },
  );

  it.each<Fault>([latency, bandwidth, reset, halfOpen])("or needs none", async (fault) => {
    expect(await fault.check(tls(true), {})).toEqual([]);
  });
});
