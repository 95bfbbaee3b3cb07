/** Variants of dms as the command line has them: settings, notes, several at once, repeated. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/plan.ts";
import { expectCode, Loadgen, runJsonIn } from "../helpers/loadgen.ts";

/** Divides by zero unless its session commits without waiting for the disk. */
const asksSetting = `
  import { atomically, defaultRetry, defineScenario, execute, statement } from "loadgen";

  const ask = statement("ask", \`
    select 1 / (current_setting('synchronous_commit') = 'off')::int4 as unless_on\`);

  export const asks = defineScenario({
    name: "asks",
    summary: "asks for a setting",
    system: "dms",
    operations: ["ask"],
    defaults: { sessions: 2, thinkMs: [50, 50] },
    options: {},
    retry: defaultRetry,
    thresholds: {},
    *prepare() {},
    draw(_random, _world, context) {
      return { operation: "ask", inputs: [], steps: () => atomically(context, () => execute(ask)) };
    },
  });`;

const small = ["--documents", "60", "--references", "600"];
const short = ["--transactions", "5", "--warmup", "0"];

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
  await writeFile(join(loadgen.folder, "asks.ts"), asksSetting);
});

afterEach(() => loadgen.killAll());

afterAll(() => loadgen.remove());

async function planIn(folder: string): Promise<Plan> {
  return JSON.parse(await readFile(join(folder, "plan.json"), "utf8")) as Plan;
}

describe("a run with several variants at once", () => {
  it("has their settings in its sessions, and no other run has; repeated, it has them again", async () => {
    const variant = ["--variant", "sync-commit-off,unpartitioned"];
    const run = await loadgen.run("asks.ts", ...small, ...short, ...variant);
    expect((await runJsonIn(run.folder)).transactions).toMatchObject({ committed: 10, aborted: 0 });
    const plan = await planIn(run.folder);
    expect(plan).toMatchObject({
      variant: "unpartitioned,sync-commit-off",
      fixture: { documents: 60, partitions: 1, keys: 16 },
    });

    const again = await loadgen.run("asks.ts", "--repeat", run.folder);
    expect(await planIn(again.folder)).toEqual(plan);
    expect((await runJsonIn(again.folder)).transactions).toMatchObject({ committed: 10 });

    const other = await loadgen.run(
      ...["asks.ts", "--repeat", run.folder, "--variant", "unpartitioned"],
    );
    expect((await runJsonIn(other.folder)).transactions).toMatchObject({
      committed: 0,
      aborted: 10,
    });
  });
});

describe("keys that do not fill all partitions", () => {
  const filled = "rows of 16 partition keys fill 15 of 32 partitions";

  it("are told of where they are loaded, and in the run", async () => {
    const variant = ["--variant", "hash-32", "--keys", "16"];
    const loaded = await loadgen.command("fixtures", "load", ...small, ...variant);
    expectCode(loaded, 0);
    expect(loaded.stdout).toContain(`${filled}, because PostgreSQL hashes the keys`);
    const run = await loadgen.run("asks.ts", ...small, ...short, ...variant);
    expect(run.stdout).toContain(filled);
    const { notes } = JSON.parse(await readFile(join(run.folder, "run.json"), "utf8")) as {
      notes: readonly string[];
    };
    expect(notes).toContainEqual(expect.stringContaining(filled));
  });
});
