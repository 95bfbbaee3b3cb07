import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HistogramLogReader } from "hdr-histogram-js";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { readSetting } from "../../src/engine/k6/folder.ts";
import {
  type Line,
  lineStart,
  sealed,
  type SessionLine,
  unsealed,
} from "../../src/engine/k6/lines.ts";
import { SessionLines } from "../../src/engine/k6/session-lines.ts";
import { jsonOf, type TallyJson, tallyFromJson } from "../../src/metrics/tally-parts.ts";
import type { Tally } from "../../src/metrics/tally.ts";
import { findScenario } from "../../src/cli/scenario-file.ts";
import { runRunners } from "../helpers/k6-runners.ts";
import { addEntries } from "../helpers/entries.ts";
import { environmentOf, expectCode, Loadgen, tinyFixture } from "../helpers/loadgen.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";

const k6 = inject("k6");
const sessions = 8;
const transactions = 5;
const load = ["--sessions", String(sessions), "--transactions", String(transactions)];
const options = [...load, "--warmup", "0", "--think", "0"];

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
});

afterAll(() => loadgen.remove());

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function linesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts.flatMap((text) => text.split("\n")).filter((line) => line.startsWith(lineStart));
}

function lineOf(text: string): SessionLine {
  return JSON.parse(text) as SessionLine;
}

interface Collected {
  readonly verdict: { readonly status: string; readonly reasons: readonly string[] };
  readonly digest: { readonly decisions: string };
  readonly transactions: { readonly committed: number };
  readonly operations: Readonly<Record<string, { readonly count: number }>>;
  readonly invariants: readonly { readonly name: string; readonly ok: boolean | null }[];
  readonly ledger: { readonly acknowledged: number } | null;
  readonly keptDatabase: string | null;
  readonly generator: unknown;
  readonly observer: unknown;
  readonly concurrency: { readonly busySessions: unknown };
}

describe.skipIf(k6 === null)("one export", () => {
  const counts = [1, 2, 4] as const;
  const databases: FreshDatabase[] = [];
  const results: Collected[] = [];
  const printed: string[][] = [];

  // Sums of what each transaction adds: the same whoever comes first.
  const source = `
    import { atomically, defaultRetry, defineScenario, execute, statement } from "loadgen";

    const add = statement("add", "update totals set total = total + $2, writes = writes + 1 where id = $1");

    export const totals = defineScenario({
      name: "totals",
      summary: "adds",
      system: null,
      operations: ["add"],
      defaults: { sessions: 2, thinkMs: [0, 0] },
      options: {},
      retry: defaultRetry,
      thresholds: { aborted: ["count == 0"] },
      *prepare() {},
      draw(random, _world, context) {
        const [id, delta] = [random.between(1, 20), random.between(1, 1_000_000)];
        return {
          operation: "add",
          inputs: [id, delta],
          steps: () => atomically(context, () => execute(add, id, delta)),
        };
      },
    });`;

  async function performed(database: FreshDatabase, folder: string, count: number) {
    const { address, connection } = database;
    await connection.query("create table totals (id int primary key, total int8, writes int4)");
    await connection.query("insert into totals select id, 0, 0 from generate_series(1, 20) id");
    const command = (...words: readonly string[]) =>
      loadgen.start(words, environmentOf(address)).ended;
    expectCode(await command("k6", "prepare", folder), 0);
    const lines = await runRunners(folder, { k6: String(k6), address, count });
    const out = join(folder, "run");
    const ended = await command("k6", "collect", folder, "--lines", lines, "--out", out);
    expectCode(ended, 0);
    printed[counts.indexOf(count as 1)] = await linesIn(lines);
    results[counts.indexOf(count as 1)] = JSON.parse(
      await readFile(join(out, "run.json"), "utf8"),
    ) as Collected;
  }

  beforeAll(async () => {
    for (const count of counts) databases[counts.indexOf(count)] = await freshDatabase();
    const [first] = databases as [FreshDatabase];
    await writeFile(join(loadgen.folder, "totals.ts"), source);
    const words = ["totals.ts", ...options, "--existing", "--parallelism", "2", "--out", "one"];
    const env = environmentOf(first.address);
    expectCode(await loadgen.start(["k6", "export", ...words], env).ended, 0);
    const folders = counts.map((count) => join(loadgen.folder, `by-${count}`));
    for (const folder of folders) {
      await cp(join(loadgen.folder, "one"), folder, { recursive: true });
    }
    await Promise.all(
      counts.map((count, index) =>
        performed(databases[index] as FreshDatabase, folders[index] as string, count),
      ),
    );
  });
  afterAll(() => Promise.all(databases.map((database) => database.drop())));

  it("decides the same by one, two and four runners", () => {
    const digests = results.map(({ digest }) => digest.decisions);
    expect(digests[0]).toMatch(/^sha256:(?!0{64})/);
    expect(digests).toEqual(counts.map(() => digests[0]));
    expect(results.map((one) => one.transactions.committed)).toEqual(
      counts.map(() => sessions * transactions),
    );
  });

  it("leaves the same in the database", async () => {
    const contents = await Promise.all(
      databases.map(({ connection }) =>
        connection.query(
          "select md5(string_agg(t::text, ' ' order by id)) as content, sum(writes)::int4 as writes from totals t",
        ),
      ),
    );
    expect(contents[0]?.[0]?.writes).toBe(sessions * transactions);
    expect(contents).toEqual(counts.map(() => contents[0]));
  });

  it("is driven by as many runners, each with sessions of its own", () => {
    const runners = printed.map((lines) => new Set(lines.map((line) => lineOf(line).runner)).size);
    expect(runners).toEqual([...counts]);
  });

  it("adds up to the same histograms in whatever order, and to no more than the lines have", async () => {
    const folder = join(loadgen.folder, "by-4");
    const { setting, world } = await readSetting(folder);
    const found = await findScenario(join(loadgen.folder, "totals.ts"));
    if (!found.ok) throw new Error(found.problems.join());
    const { scenario } = found.value;
    const { run, context, plan } = setting;
    const merged = (texts: readonly string[]) => {
      const lines = new SessionLines({ run, plan: plan, scenario, context, world });
      for (const text of texts) lines.add(text);
      return lines;
    };
    const given = printed[2] ?? [];
    expect(given).toHaveLength(sessions);
    const halves = [
      ...given.filter((_, at) => at % 2 === 1),
      ...given.filter((_, at) => at % 2 === 0),
    ];
    const all = merged(given);
    const whole = jsonOf(all.parts[0] as Tally);
    for (const order of [[...given].reverse(), halves]) {
      const other = merged(order);
      expect(jsonOf(other.parts[0] as Tally)).toEqual(whole);
      expect(other.digest).toBe(all.digest);
      expect(other.slots.flatMap(({ latencies }) => latencies).sort()).toEqual(
        all.slots.flatMap(({ latencies }) => latencies).sort(),
      );
    }
    const each = given.map((text) => tallyFromJson(lineOf(text).parts[0] as never));
    const summed = new Map<string, Map<number, number>>();
    for (const text of given) addEntries(summed, lineOf(text).parts[0] as TallyJson);
    const madeOf = new Map<string, Map<number, number>>();
    addEntries(madeOf, whole);
    const inOrder = (entries: typeof summed) =>
      [...entries].map(([name, counts]) => [name, [...counts].sort(([one], [next]) => one - next)]);
    expect(summed.get("add/committed")?.size).toBeGreaterThan(0);
    expect(inOrder(madeOf).sort()).toEqual(inOrder(summed).sort());
    const countIn = (tally: Tally) => tally.merged((one) => one.latency.committed).count;
    expect(countIn(all.parts[0] as Tally)).toBe(sessions * transactions);
    expect(each.reduce((sum, one) => sum + countIn(one), 0)).toBe(sessions * transactions);
  });

  it("has a latency.hlog that adds up to all transactions", async () => {
    const text = await readFile(join(loadgen.folder, "by-4", "run", "latency.hlog"), "utf8");
    const reader = new HistogramLogReader(text);
    const interval = reader.nextIntervalHistogram();
    expect(interval?.tag).toBe("add:committed");
    expect(interval?.totalCount).toBe(sessions * transactions);
    const zeros = (printed[2] ?? []).map((line) => lineOf(line).zeroAtMs);
    expect(reader.startTimeSec).toBeGreaterThanOrEqual(Math.min(...zeros) / 1000);
    expect(reader.startTimeSec).toBeLessThanOrEqual(Math.max(...zeros) / 1000);
    expect(reader.nextIntervalHistogram()).toBeNull();
  });

  it("has no figure of what nobody observed", () => {
    for (const { generator, observer, concurrency } of results) {
      expect([generator, observer, concurrency.busySessions]).toEqual([null, null, null]);
    }
  });
});

describe.skipIf(k6 === null)("collect", () => {
  let given: string[];
  let collections = 0;

  beforeAll(async () => {
    const words = ["concurrent", ...tinyFixture, ...options, "--ledger", "--parallelism", "2"];
    expectCode(await loadgen.command("k6", "export", ...words, "--out", "dms"), 0);
    const prepared = await loadgen.command("k6", "prepare", "dms");
    expectCode(prepared, 0);
    const database = /prepared (\S+)/.exec(prepared.stdout)?.[1] ?? "";
    const address = (await loadgen.server()).withDatabase(database);
    const folder = join(loadgen.folder, "dms");
    given = await linesIn(await runRunners(folder, { k6: String(k6), address, count: 2 }));
    expect(given).toHaveLength(sessions);
  });

  async function collected(lines: readonly string[]) {
    const folder = join(loadgen.folder, `lines-${collections++}`);
    // Folders in it are none of its files.
    await mkdir(join(folder, "below"), { recursive: true });
    const text = ["time=… level=info msg=other", ...lines].join("\n");
    await writeFile(join(folder, "a.log"), `${text}\n`);
    const ended = await loadgen.command(
      "k6",
      "collect",
      "dms",
      "--lines",
      folder,
      "--json",
      "--out",
      `${folder}-run`,
    );
    return { ended, result: JSON.parse(ended.stdout || "null") as Collected };
  }

  const bug: Omit<Extract<Line, { loadgen: "bug/1" }>, "run"> = {
    loadgen: "bug/1",
    session: 0,
    message: "it broke",
    stack: "",
  };
  const resealed = (text: string, change: (line: SessionLine) => Line) => {
    const line = unsealed(text, hash);
    if (line?.loadgen !== "session/1") throw new Error("no line of a session");
    return sealed(change(line), hash);
  };
  it("refuses to judge where a line is missing, and accuses nobody of what its session did", async () => {
    const { ended, result } = await collected(given.slice(1));
    expectCode(ended, 97);
    expect(result.verdict.status).toBe("invalid");
    expect(result.verdict.reasons.join("\n")).toContain("1 of 8 sessions left no result");
    expect(result.ledger).toBeNull();
    expect(result.keptDatabase).not.toBeNull();
  });

  it("refuses to judge by lines that were changed, cut or doubled, of bugs and of other runs", async () => {
    const [digest, count, cut, bugged, other, ...whole] = given as [
      string,
      string,
      string,
      string,
      string,
      ...string[],
    ];
    const changed = [
      digest.replace(/"digest":"sha256:./, '"digest":"sha256:x'),
      count.replace(/"started":5/, '"started":6'),
      cut.slice(0, 2000),
      resealed(bugged, ({ run }) => ({ ...bug, run })),
      resealed(other, (line) => ({ ...line, run: "another" })),
    ];
    changed.forEach((line, at) => expect(line).not.toBe(given[at]));
    const { ended, result } = await collected([...changed, ...whole]);
    expectCode(ended, 97);
    const reasons = result.verdict.reasons.join("\n");
    expect(reasons.match(/not as a session wrote it/g)).toHaveLength(3);
    expect(reasons).toContain("session 0 ended by a bug: it broke");
    expect(reasons).toContain("is of another run");
    expect(reasons).toContain("5 of 8 sessions left no result");
    const doubled = await collected([...given, whole[0] as string]);
    expectCode(doubled.ended, 97);
    expect(doubled.result.verdict.reasons.join("\n")).toContain("has two lines");
  });

  it("says what it expected where there are no lines to read", async () => {
    const folder = join(loadgen.folder, "no-lines");
    await mkdir(join(folder, "below"), { recursive: true });
    const collect = () => loadgen.command("k6", "collect", "dms", "--lines", folder);
    const empty = await collect();
    expectCode(empty, 2);
    expect(empty.stderr).toMatch(/expected the files that the runners printed.*has no files in it/);
    await symlink("nowhere", join(folder, "a.log"));
    const unreadable = await collect();
    expectCode(unreadable, 2);
    expect(unreadable.stderr).toMatch(/expected the files.*cannot read .*a\.log \(ENOENT\)/);
  });

  it("audits what is whole, and drops the database then", async () => {
    expect(await loadgen.databases("loadgen_run_")).toHaveLength(1);
    const { ended, result } = await collected(given);
    expectCode(ended, 0);
    expect(result.ledger?.acknowledged).toBeGreaterThanOrEqual(sessions * transactions);
    const names = result.invariants.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["nothing-lost", "last-write-wins"]));
    expect(result.invariants.every(({ ok }) => ok === true)).toBe(true);
    expect(await loadgen.databases("loadgen_run_")).toEqual([]);
  });
});
