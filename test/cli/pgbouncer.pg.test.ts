import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pgbouncerProgram } from "../../src/faults/pgbouncer.ts";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";
import { until } from "../helpers/postgres.ts";

const isThere = pgbouncerProgram() !== null;
if (!isThere) {
  console.warn("left out: runs by way of PgBouncer, which need one (apt-get install pgbouncer)");
}

describe.runIf(isThere)("a run by way of PgBouncer", () => {
  let loadgen: Loadgen;
  /** Where its folder is. */
  let temporary: string;

  beforeAll(async () => {
    loadgen = await Loadgen.prepared();
  });
  afterAll(() => loadgen.remove());

  beforeEach(async () => {
    temporary = join(loadgen.folder, "tmp");
    await mkdir(temporary, { recursive: true });
    // As /tmp is: PgBouncer does not run as root, and yet has to get there, and to clear up.
    await chmod(loadgen.folder, 0o755);
    await chmod(temporary, 0o1777);
  });

  afterEach(() => loadgen.killAll());

  const words = ["single-document", ...tinyFixture, "--sessions", "6", "--warmup", "0"];

  it("says so, is proven, and leaves nothing behind", async () => {
    const chaos = ["--chaos", "pool-limit:max=1,via=pgbouncer@300ms+1s"];
    const { folder, started } = loadgen.startRun([...words, "--duration", "2s", ...chaos], {
      TMPDIR: temporary,
    });
    const ended = await started.ended;
    expectCode(ended, 0);
    expect(ended.stdout).toContain("sessions go through a PgBouncer, because of pool-limit");
    const { faults } = await runJsonIn(folder);
    expect(faults).toMatchObject([{ effective: true, undone: true }]);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("takes PgBouncer and its password with it after kill -9", async () => {
    const chaos = ["--chaos", "pool-limit:max=2,via=pgbouncer"];
    const { started } = loadgen.startRun([...words, "--duration", "60s", ...chaos], {
      TMPDIR: temporary,
    });
    await started.printed("fault in force");
    expect(await readdir(temporary)).toEqual([expect.stringContaining("loadgen-pgbouncer-")]);
    started.signal("SIGKILL");
    await started.ended;
    // The folder goes once the process has.
    await until(async () => (await readdir(temporary)).length === 0, "the end of PgBouncer");
  });
});
