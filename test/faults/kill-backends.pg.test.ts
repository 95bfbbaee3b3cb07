import { describe, expect, it } from "vitest";
import { killBackends } from "../../src/faults/kill-backends.ts";
import { onEachServer, runFaults } from "./in-run.ts";

const faults = [killBackends];

describe("kill-backends", () => {
  onEachServer((server) => {
    it("ends sessions, which the server confirms, and which come back", async () => {
      const { course, proof, evidence, measured } = await runFaults(server(), {
        texts: ["kill-backends:count=2,every=50ms@200ms+300ms"],
        faults,
      });
      expect(course).toMatchObject({ injectProblem: null, undoProblem: null, trouble: null });
      expect(proof).toMatchObject({ effective: true });
      expect(Number(evidence.figures.gone)).toBeGreaterThan(0);
      expect(evidence.fault.errors["57P01"]).toBeGreaterThan(0);
      expect(measured.timeline.totals.reconnects).toBeGreaterThan(0);
      expect(measured.timeline.totals.sessionsLost).toBe(0);
    });
  });
});
