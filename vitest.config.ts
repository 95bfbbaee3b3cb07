/**
 * Two projects: `fast` needs nothing, `pg` (files named *.pg.test.ts) needs a PostgreSQL, which it
 * starts once for all its files. `vitest run --project fast` leaves the server out.
 */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Runs of many sessions share the machine; more workers only slow one another down.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.pg.test.ts"],
        },
      },
      {
        test: {
          name: "pg",
          include: ["test/**/*.pg.test.ts"],
          globalSetup: ["test/helpers/global-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
