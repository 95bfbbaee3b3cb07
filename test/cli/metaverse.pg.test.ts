import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectCode, Loadgen, runJsonIn } from "../helpers/loadgen.ts";

let loadgen: Loadgen;
beforeAll(async () => {
  loadgen = await Loadgen.prepared("server18");
});
afterAll(() => loadgen.remove());

const few = ["--users", "60", "--groups", "4"] as const;
const short = ["--warmup", "0", "--page", "10"] as const;

it.each([
  "metaverse-create --variant create-copy-binary-parallel --page 100",
  "metaverse-update --variant lock+update-staged",
  "metaverse-match",
  "metaverse-sync --variant lock+update-staged --ledger",
  // Whatever the others send is in it.
  "metaverse-sync --variant lock+update-staged --ledger --driver plain",
])("a run leaves all of it whole: %s", async (words) => {
  const given = [...few, ...short, "--sessions", "3", "--transactions", "4"];
  const [scenario = "", ...own] = words.split(" ");
  const run = await loadgen.run(scenario, ...given, ...own);
  expectCode(run, 0);
  const result = await runJsonIn(run.folder);
  expect(result.transactions.committed).toBe(12);
  expect(result.invariants.length).toBeGreaterThan(9);
  expect(result.invariants.every(({ ok }) => ok === true)).toBe(true);
});

// Sessions that add and remove values of the same two objects, and of nothing else.
const meeting = [
  ...few,
  ...["--warmup", "0", "--sessions", "4", "--transactions", "60", "--page", "2", "--hot", "2"],
  ...["--shares", "parent=0,insert=1,update=0,delete=1"],
];

it("two values of a single-valued attribute are found, and kept out by a lock", async () => {
  const found = await loadgen.run("metaverse-update", ...meeting);
  expectCode(found, 96);
  const broken = (await runJsonIn(found.folder)).invariants.filter(({ ok }) => ok === false);
  expect(broken.map(({ name }) => name)).toContain("single-valued");
  // Other guards: test/scenarios/metaverse/hazards.pg.test.ts.
  expectCode(await loadgen.run("metaverse-update", ...meeting, "--variant", "lock"), 0);
});

it("nothing is lost or halved by killed sessions and a crash", async () => {
  const kills = "kill-backends:count=2,every=300ms@300ms+1200ms";
  const crash = "crash@2s+300ms";
  const { started, folder } = loadgen.startRun([
    ...["metaverse-sync", ...few, ...short, "--variant", "lock", "--ledger"],
    ...["--sessions", "3", "--duration", "1h", "--chaos", kills, "--chaos", crash],
  ]);
  await started.printed(`fault over: ${kills}`);
  await started.printed(`fault over: ${crash}`);
  started.signal("SIGINT");
  expectCode(await started.ended, 130);
  const result = await runJsonIn(folder);
  expect(result.transactions.committed).toBeGreaterThan(0);
  expect(result.faults).toMatchObject([
    { effective: true, undone: true },
    { effective: true, undone: true },
  ]);
  expect(result.invariants.filter(({ ok }) => ok !== true)).toEqual([]);
  expect(result.ledger).toMatchObject({ lost: 0, doubled: 0, refusedButThere: 0, unplanned: 0 });
});

it("what is loaded is what the generator says, and so are exported files", async () => {
  const fixtures = (command: string, ...words: readonly string[]) =>
    loadgen.command("fixtures", command, "--system", "metaverse", ...words);
  expectCode(await fixtures("verify", ...few), 0);
  const folder = join(loadgen.folder, "exported");
  expectCode(await fixtures("export", ...few, "--format", "csv", "--out", folder), 0);
  expectCode(await fixtures("load", "--from", folder), 0);
  expectCode(await fixtures("verify", "--from", folder), 0);
});

it("k6 is told what it cannot do", async () => {
  const words = ["--variant", "create-copy-text+told-never", "--engine", "k6"];
  const refused = await loadgen.run("metaverse-create", ...few, ...words);
  expectCode(refused, 2);
  expect(refused.stderr).toContain("the variant has create=copy-text, and k6 has no COPY");
  const told = "the variant has told=never, and sessions of k6 share no memory";
  expect(refused.stderr).toContain(told);
});
