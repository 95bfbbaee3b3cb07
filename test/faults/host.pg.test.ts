import { describe, expect, it } from "vitest";
import { crash } from "../../src/faults/crash.ts";
import { freeze } from "../../src/faults/freeze.ts";
import { restart } from "../../src/faults/restart.ts";
import { Connection } from "../../src/server/connection.ts";
import { type FaultServer, onEachServer, runFaults } from "./in-run.ts";

const faults = [crash, freeze, restart];

function hostOf({ host }: FaultServer) {
  if (host === null) throw new Error("the embedded server has a host");
  return host;
}

describe("faults of the embedded server's processes", () => {
  onEachServer((server) => {
    it("freeze: nobody answers while all processes stand still, and then the run goes on", async () => {
      const { course, proof, evidence, measured } = await runFaults(server(), {
        texts: ["freeze@200ms+300ms"],
        faults,
      });
      expect(course).toMatchObject({ injectProblem: null, undoProblem: null, trouble: null });
      expect(proof).toMatchObject({ effective: true });
      expect(evidence.figures).toMatchObject({ answered: 0, stoppedAfterwards: 0 });
      expect(Number(evidence.figures.stopped)).toBeGreaterThan(5);
      expect(measured.timeline.totals.sessionsLost).toBe(0);
    });

    it("crash: the server recovers, and sessions, faults and observers find it again", async () => {
      const { course, proof, measured } = await runFaults(server(), {
        texts: ["crash@200ms+100ms", "crash@300ms+100ms"],
        faults,
      });
      for (const one of measured.courses) {
        expect(one).toMatchObject({ injectProblem: null, undoProblem: null, trouble: null });
        expect(one.marks.after?.server ?? null).not.toBeNull();
      }
      expect(course.figures).toMatchObject({ processes: 0, state: "in production" });
      expect(proof).toMatchObject({ effective: true });
      expect(measured.timeline.totals.reconnects).toBeGreaterThan(0);
      expect(measured.timeline.totals.sessionsLost).toBe(0);
    });

    it("restart: the server shuts down in good order, and comes back at the same place", async () => {
      const { course, proof, evidence } = await runFaults(server(), {
        texts: ["restart@200ms+100ms"],
        faults,
      });
      expect(course).toMatchObject({ injectProblem: null, undoProblem: null, trouble: null });
      expect(evidence.figures).toMatchObject({ processes: 0, state: "shut down" });
      expect(proof).toMatchObject({ effective: true });
      // The same figures are no proof of a crash.
      expect(crash.prove(evidence, {})).toMatchObject({ effective: false });
    });

    it("a frozen server is ended all the same, and started again, with nothing left stopped", async () => {
      const host = hostOf(server());
      const count = await host.freeze();
      expect(await host.processes()).toEqual({ stopped: count, all: count });
      await host.stop("immediate");
      expect(await host.processes()).toEqual({ stopped: 0, all: 0 });
      expect(await host.clusterState()).toBe("in production");
      await host.start();
      // Twice is once.
      await host.start();
      await host.thaw();
      expect(await host.processes()).toMatchObject({ stopped: 0 });
      await Connection.use(server().address, "loadgen/test", (connection) =>
        connection.query("select 1"),
      );
    });

    it("say before the run where they cannot be: on a server that is not the embedded one", async () => {
      await Connection.use(server().address, "loadgen/test", async (target) => {
        for (const fault of faults) {
          expect(await fault.check({ target, host: hostOf(server()) }, {})).toEqual([]);
          expect(await fault.check({ target, host: null }, {})).toEqual([
            expect.stringContaining(`${fault.name} needs the embedded server`),
          ]);
          await expect(fault.undo?.perform({ target, host: null }, {})).rejects.toThrow(
            "not loadgen's to stop or to start",
          );
        }
      });
    });
  });
});
