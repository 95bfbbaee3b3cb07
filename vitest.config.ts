/**
 * Five projects, pg and k6 side by side, the others one after another: `fast` needs nothing, `pg` (files named *.pg.test.ts) needs a
 * PostgreSQL, which it starts once for all its files, `k6` (*.k6.test.ts) needs k6, too, which it
 * builds with Go (without Go it leaves them out, and says so), and `alone` (*.alone.test.ts) needs the
 * machine for itself, file by file, after all others. `vitest run --project fast` leaves the server out. `proof`
 * (*.proof.test.ts) has the long ones, which `npm test` leaves out.
 */
import { defineConfig } from "vitest/config";
import LongFirst from "./test/helpers/long-first.ts";

/**
 * Of tests with real servers, of whose time a busy machine takes what it wants. What needed it is
 * named at the end; see docs/decisions/0025-a-second-attempt-is-told.md.
 */
const once = 1;

/** Workers of tests that mostly wait: for a server, or for a fault to be over. */
const waiting = 3;

export default defineConfig({
  test: {
    // Runs of many sessions share the machine; more workers only slow one another down.
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    reporters: ["default", "./test/helpers/second-attempts.ts"],
    projects: [
      {
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.{pg,k6,alone,proof}.test.ts"],
          // Loading the same modules for each file anew takes as long as their tests.
          isolate: false,
          // What takes a tenth of a second takes seconds on a machine that is busy.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "pg",
          retry: once,
          include: ["test/**/*.pg.test.ts"],
          globalSetup: ["test/helpers/global-setup.ts"],
          maxWorkers: waiting,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "k6",
          retry: once,
          include: ["test/**/*.k6.test.ts"],
          globalSetup: ["test/helpers/global-setup.ts", "test/helpers/k6-setup.ts"],
          // Beside those of pg: Vitest wants one number of workers in a group.
          maxWorkers: waiting,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "proof",
          include: ["test/**/*.proof.test.ts"],
          globalSetup: ["test/helpers/global-setup.ts"],
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
          testTimeout: 30 * 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "alone",
          retry: once,
          include: ["test/**/*.alone.test.ts"],
          globalSetup: ["test/helpers/global-setup.ts"],
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
