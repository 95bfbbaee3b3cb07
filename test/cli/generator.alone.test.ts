/** Whether a run that measured its own generator says so, and one that did not does not. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { expectCode, Loadgen, runJsonIn } from "../helpers/loadgen.ts";

let loadgen: Loadgen;
const others: ChildProcess[] = [];

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
  await writeFile(
    join(loadgen.folder, "quick.sql"),
    "-- \\set id random(1, 100)\nselect :id + 1;\n",
  );
  await writeFile(join(loadgen.folder, "starving.ts"), starving);
});

afterAll(() => loadgen.remove());

afterEach(() => {
  for (const child of others.splice(0)) child.kill("SIGKILL");
});

/** Takes the event loop away from the sessions, for 150 of every 500 ms. */
const starving = `
  import { alone, defaultRetry, defineScenario, statement } from "loadgen";

  const one = statement("one", "select $1::int4 as one");

  export const scenario = defineScenario({
    name: "starving",
    summary: "keeps the event loop busy with something else",
    system: null,
    operations: ["one"],
    defaults: { sessions: 4, thinkMs: [5, 5] },
    options: {},
    retry: defaultRetry,
    thresholds: {},
    *prepare() {
      setInterval(() => {
        const end = performance.now() + 150;
        while (performance.now() < end);
      }, 500).unref();
    },
    draw(random, world, context) {
      return { operation: "one", inputs: [], steps: () => alone(context, one, 1) };
    },
  });
`;

const seconds = ["--duration", "8s", "--warmup", "1s"];

describe("a generator", () => {
  it("that is starved by its own event loop invalidates the run", async () => {
    const run = await loadgen.run("./starving.ts", ...seconds);
    expectCode(run, 97);
    const { verdict, generator } = await runJsonIn(run.folder);
    expect(verdict.reasons[0]).toMatch(
      /event loop was late .* waiting for a core does not explain/,
    );
    expect(generator).toMatchObject({ saturated: true });
    expect(generator.cpuShare).toBeLessThan(0.8);
  });

  it("on a machine that others keep busy does not", async () => {
    for (let count = 0; count < 4; count++) {
      others.push(spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
    }
    const run = await loadgen.run("./quick.sql", "--sessions", "4", "--think", "5ms", ...seconds);
    expectCode(run, 0);
    const { generator } = await runJsonIn(run.folder);
    expect(generator.saturated).toBe(false);
    // It did have to wait: the test would show nothing otherwise.
    expect(generator.runQueueShare).toBeGreaterThan(0.01);
  });

  it("does not stand in the way of a hundred sessions, as the README runs them", async () => {
    const run = await loadgen.run("concurrent", "--sessions", "100", "--duration", "10s");
    expectCode(run, 0);
  });

  it("counts the transactions that the server counts", async () => {
    const run = await loadgen.run("./quick.sql", "--sessions", "4", "--think", "2ms", ...seconds);
    expectCode(run, 0);
    const { crossCheck, transactions } = await runJsonIn(run.folder);
    expect(crossCheck).toMatchObject({ kind: "agrees" });
    expect(transactions.committed).toBeGreaterThan(1_000);
  });

  it("notices when the server counts others", async () => {
    const words = ["./quick.sql", "--sessions", "2", "--think", "5ms", ...seconds];
    const { started, folder } = loadgen.startRun(words);
    await started.printed("     2 s ");
    const [database = ""] = await loadgen.databases("loadgen_run_");
    const address = (await loadgen.server()).withDatabase(database);
    await Connection.use(address, "somebody-else", async (connection) => {
      for (let count = 0; count < 2_000; count++) await connection.query("select 1");
    });
    expectCode(await started.ended, 97);
    const { verdict, crossCheck } = await runJsonIn(folder);
    expect(crossCheck).toMatchObject({ kind: "differs" });
    expect(verdict.reasons.join()).toContain(
      "transactions in the run's database, where loadgen counted",
    );
  });
});
