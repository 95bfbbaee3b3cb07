import { describe, expect, it } from "vitest";
import type { ServerEvidence } from "../../src/core/evidence.ts";
import { countsBetween } from "../../src/observe/server-counts.ts";

const start: ServerEvidence = {
  commits: 1000,
  rollbacks: 10,
  deadlocks: 1,
  tempBytes: 8192,
  sessions: 24,
  sessionsAbandoned: 2,
  sessionsFatal: 3,
  sessionsKilled: 4,
  walBytes: 5_000_000,
  checkpointsRequested: 6,
};

describe("the server's counts between two marks", () => {
  it("are how far each has grown", () => {
    const end: ServerEvidence = {
      commits: 1500,
      rollbacks: 12,
      deadlocks: 4,
      tempBytes: 8192,
      sessions: 30,
      sessionsAbandoned: 3,
      sessionsFatal: 5,
      sessionsKilled: 10,
      walBytes: 5_000_100,
      checkpointsRequested: 7,
    };
    expect(countsBetween(start, end)).toEqual({
      commits: 500,
      rollbacks: 2,
      deadlocks: 3,
      tempBytes: 0,
      sessions: 6,
      sessionsAbandoned: 1,
      sessionsFatal: 2,
      sessionsKilled: 6,
      walBytes: 100,
      checkpointsRequested: 1,
    });
  });

  it("are zero where nothing happened", () => {
    expect(Object.values(countsBetween(start, start) ?? {})).toEqual(Array(10).fill(0));
  });

  it.each<[string, Partial<ServerEvidence>]>([
    ["sessions", { sessions: 1, commits: 2000 }],
    ["commits", { sessions: 40, commits: 5 }],
  ])("are unknown where %s went back: the statistics were lost", (_, given) => {
    expect(countsBetween(start, { ...start, ...given })).toBeNull();
  });
});
