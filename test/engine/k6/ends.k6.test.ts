/** k6 never outlives loadgen, nor does what it works with. */
import { mkdir, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { Loadgen, tinyFixture } from "../../helpers/loadgen.ts";
import { until } from "../../helpers/postgres.ts";

const k6 = inject("k6");

describe.skipIf(k6 === null)("k6", () => {
  let loadgen: Loadgen;
  let temporary: string;

  beforeAll(async () => {
    loadgen = await Loadgen.prepared();
    temporary = join(loadgen.folder, "tmp");
    await mkdir(temporary);
  });
  afterEach(() => loadgen.killAll());
  afterAll(() => loadgen.remove());

  const words = ["concurrent", ...tinyFixture, "--sessions", "2", "--warmup", "0"];

  it.runIf(process.platform === "linux")(
    "ends with loadgen after kill -9, though a session waits for its answer, and leaves nothing",
    async () => {
      // A pause within a transaction is not over before the test is.
      const hold = ["--hold", "600s", "--timeout", "700s", "--duration", "600s"];
      const { started } = loadgen.startRun([...words, ...hold, "--engine", "k6", "--k6", `${k6}`], {
        TMPDIR: temporary,
      });
      await started.printed("measuring for 600 s");
      expect(await readdir(temporary)).toEqual([expect.stringContaining("loadgen-k6-")]);
      const pids = await processesIn(temporary);
      const programs = await Promise.all(pids.map(programOf));
      expect(programs).toContain(String(k6));
      started.signal("SIGKILL");
      await started.ended;
      await until(async () => (await processesIn(temporary)).length === 0, "the end of k6");
      await until(async () => (await readdir(temporary)).length === 0, "the end of its folder");
    },
  );
});

/** Those that work there; one that has ended works nowhere. */
async function processesIn(folder: string): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const folders = await Promise.all(
    pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => "")),
  );
  return pids.filter((_, index) => folders[index]?.startsWith(`${folder}/`));
}

async function programOf(pid: string): Promise<string> {
  const [program = ""] = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
  return program;
}
