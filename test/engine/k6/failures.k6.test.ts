import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Connection } from "../../../src/server/connection.ts";
import { familyOf } from "../../../src/server/processes.ts";
import { k6, loadgenOfTests, onK6 } from "../../helpers/k6-runs.ts";
import { expectCode, runJsonIn, tinyFixture } from "../../helpers/loadgen.ts";
import { until } from "../../helpers/postgres.ts";

describe.skipIf(k6 === null)("a run on k6 that goes wrong", () => {
  const loadgen = loadgenOfTests();

  async function write(name: string, text: string): Promise<string> {
    await writeFile(join(loadgen().folder, name), text);
    return name;
  }

  /** A program in k6's place. */
  async function program(name: string, text: string): Promise<string> {
    const path = join(loadgen().folder, await write(name, `#!/bin/sh\n${text}\n`));
    await chmod(path, 0o755);
    return path;
  }

  /** What runs as k6 of a run, below the shell that keeps it; null: nothing does. */
  async function k6Of(pid: number, program = /^k6/): Promise<number | null> {
    const children = (await familyOf(pid)).filter((one) => one.pid !== pid);
    const family = (await Promise.all(children.map((child) => familyOf(child.pid)))).flat();
    return family.find(({ name }) => program.test(name))?.pid ?? null;
  }

  /** Where a run of these tests has its temporary files: others run on k6 meanwhile. */
  async function ownTemporary(): Promise<{ readonly TMPDIR: string }> {
    return { TMPDIR: await mkdtemp(join(loadgen().folder, "temporary-")) };
  }

  async function k6Folders({ TMPDIR }: { readonly TMPDIR: string }): Promise<readonly string[]> {
    return (await readdir(TMPDIR)).filter((name) => name.startsWith("loadgen-k6-"));
  }

  /** Waits for the first second of a phase. */
  async function told(folder: string, phase: "warmup" | "measured"): Promise<void> {
    const path = join(folder, "samples.ndjson");
    const text = () => readFile(path, "utf8").catch(() => "");
    await until(async () => (await text()).includes(`"phase":"${phase}"`), `${phase} is told`);
  }

  function isRunning(pid: number | null): boolean {
    return existsSync(`/proc/${pid ?? "none"}`);
  }

  const buggy = (where: "draw" | "steps") => `
    import { defaultRetry, defineScenario, queryOne, statement } from "loadgen";
    const one = statement("one", "select 1 as one");
    function broken(where: string, number: number): number {
      if (where === "${where}" && number === 3) throw new TypeError("no such thing");
      return number;
    }
    let numbers = 0;
    export const mine = defineScenario({
      name: "mine",
      summary: "has a bug",
      system: null,
      operations: ["one"],
      defaults: { sessions: 2, thinkMs: [0, 0] },
      options: {},
      retry: defaultRetry,
      thresholds: {},
      *prepare() { return yield* queryOne(one); },
      draw(random) {
        const number = broken("draw", numbers++);
        return {
          operation: "one",
          inputs: [random.below(1000)],
          *steps() { broken("steps", number); yield* queryOne(one); },
        };
      },
    });`;

  it.each(["draw", "steps"] as const)(
    "ends with 1 and the scenario's stack for a bug in its %s, at once",
    async (where) => {
      const file = await write(`buggy-${where}.ts`, buggy(where));
      const run = await loadgen().run(file, ...onK6, "--duration", "10m", "--warmup", "0");
      expectCode(run, 1);
      expect(run.stderr).toMatch(/^This is a bug, in loadgen or in a scenario of your own/);
      expect(run.stderr).toMatch(
        /session \d ended by a bug: no such thing\nTypeError: no such thing/,
      );
      // The file and the line as they were written, not those of the bundle.
      expect(run.stderr).toMatch(
        new RegExp(`TypeError: no such thing\n\tat .*/buggy-${where}\\.ts:5:`),
      );
      expect(await loadgen().databases("loadgen_run_")).toEqual([]);
    },
  );

  it("is invalid if k6 is killed: faults are undone, and what others measured is kept", async () => {
    const temporary = await ownTemporary();
    const words = ["concurrent", ...tinyFixture, "--sessions", "3", "--ledger", ...onK6];
    const chaos = ["--duration", "10m", "--warmup", "0", "--chaos", "autovacuum-pause@200ms"];
    const { started, folder } = loadgen().startRun([...words, ...chaos], temporary);
    await started.printed("fault in force: autovacuum-pause");
    expect(await k6Folders(temporary)).toHaveLength(1);
    await told(folder, "measured");
    const pid = await k6Of(started.pid);
    // Of pid 0, that is of nothing found, all of this test's own processes would be killed.
    if (pid === null) throw new Error("no k6 runs");
    process.kill(pid, "SIGKILL");
    const ended = await started.ended;
    expectCode(ended, 97);
    const { verdict, faults, invariants, concurrency } = await runJsonIn(folder);
    expect(verdict.reasons).toContainEqual(
      // The shell that keeps it may say so, too.
      expect.stringMatching(
        /^3 of 3 sessions left no result \(0, 1, 2\): k6 was ended by SIGKILL\b/,
      ),
    );
    expect(faults).toMatchObject([{ name: "autovacuum-pause", undone: true }]);
    // What the sessions alone knew is not held against the data, whose own invariants hold.
    const byName = new Map(invariants.map(({ name, ok }) => [name, ok]));
    expect(byName.get("nothing-lost")).toBeNull();
    expect(byName.get("last-write-wins")).toBeNull();
    expect(byName.get("no-doubled-reference")).toBe(true);
    expect(concurrency.connectionsUsed).toBe(3);
    expect(await readdir(join(loadgen().home, "journal"))).toEqual([]);
    expect(await k6Folders(temporary)).toEqual([]);
  });

  it("drops what waits for a lock past the grace, as pg does", async () => {
    const server = await loadgen().server();
    const address = server.withDatabase("hanging");
    await Connection.use(server, "loadgen/test", (one) => one.query("create database hanging"));
    const holder = await Connection.open(address, "test-holder");
    try {
      await holder.query("create table place (id integer primary key, value integer)");
      await holder.query("insert into place values (1, 0)");
      await holder.query("begin");
      await holder.query("update place set value = 1");
      const file = await write(
        "wait.sql",
        "begin; update place set value = value + 1 where id = 1; commit;",
      );
      const words = [file, "--existing", "--url", address.display, "--sessions", "3"];
      const times = ["--duration", "1s", "--warmup", "0", "--grace", "300ms"];
      const { password } = address.clientConfig("test");
      const seen = [];
      for (const which of [[], onK6]) {
        const env = { PGPASSWORD: String(password) };
        const { started, folder } = loadgen().startRun([...words, ...times, ...which], env);
        const ended = await started.ended;
        expectCode(ended, 97);
        const { operations, verdict } = await runJsonIn(folder);
        seen.push({ reasons: verdict.reasons, operation: operations.wait });
      }
      const [pg, k6] = seen;
      expect(k6?.operation).toMatchObject({ count: 0, censored: 3, errors: {} });
      expect(pg?.operation).toMatchObject({ count: 0, censored: 3, errors: {} });
      expect({ ...k6, operation: null }).toEqual({ ...pg, operation: null });
      const [left] = await holder.query(
        "select count(*)::int4 as count from pg_stat_activity where application_name like 'loadgen/wait/%'",
      );
      expect(left).toEqual({ count: 0 });
    } finally {
      await holder.close();
    }
  });

  it("is invalid if a session left no line, which it names, and accuses nobody", async () => {
    const forgetful = await program(
      "k6-forgetful",
      `[ "$1" = run ] || exec ${k6} "$@"\n${k6} "$@"; code=$?\nsed -i '/"session":1,/d' sessions.ndjson\nexit $code`,
    );
    const words = ["concurrent", ...tinyFixture, "--sessions", "3", "--transactions", "4"];
    const given = ["--warmup", "0", "--ledger", "--engine", "k6", "--k6", forgetful];
    const run = await loadgen().run(...words, ...given);
    expectCode(run, 97);
    const { verdict, transactions } = await runJsonIn(run.folder);
    expect(verdict.reasons.join("\n")).toContain(
      "1 of 3 sessions left no result (1): k6 ended with 0",
    );
    expect(verdict.reasons.join("\n")).not.toContain("invariant");
    expect(transactions.committed).toBe(8);
  });

  it.each([
    ["the warm-up", "warmup", "10m"],
    ["the measured time", "measured", "0"],
  ] as const)("is stopped by SIGINT in %s with all that was measured", async (_, phase, warmup) => {
    const temporary = await ownTemporary();
    const words = ["concurrent", ...tinyFixture, "--sessions", "3", "--duration", "10m"];
    const { started, folder } = loadgen().startRun(
      [...words, "--warmup", warmup, ...onK6],
      temporary,
    );
    await told(folder, phase);
    const pid = await k6Of(started.pid);
    expect(isRunning(pid)).toBe(true);
    started.signal("SIGINT");
    expectCode(await started.ended, 130);
    const { verdict, transactions } = await runJsonIn(folder);
    expect(verdict.reasons[0]).toMatch(/^stopped by SIGINT /);
    const { committed, warmup: before } = transactions;
    expect(phase === "measured" ? committed : before.committed).toBeGreaterThan(0);
    expect(isRunning(pid)).toBe(false);
    expect(await k6Folders(temporary)).toEqual([]);
    expect(await loadgen().databases("loadgen_run_")).toEqual([]);
  });

  it("is stopped by SIGINT while k6 is starting, and leaves nothing", async () => {
    const temporary = await ownTemporary();
    const slow = await program("k6-slow", `[ "$1" = run ] && exec sleep 600\nexec ${k6} "$@"`);
    const words = ["concurrent", ...tinyFixture, "--engine", "k6", "--k6", slow];
    const { started, folder } = loadgen().startRun(words, temporary);
    let pid: number | null = null;
    // By another name than the k6 that is asked for its version before.
    const isStarted = async () => (pid = await k6Of(started.pid, /^sleep$/)) !== null;
    await until(isStarted, "k6 is started");
    started.signal("SIGINT");
    const ended = await started.ended;
    expectCode(ended, 130);
    expect(ended.stderr).toBe("loadgen: stopped by SIGINT before anything was measured\n");
    expect(existsSync(folder)).toBe(false);
    expect(isRunning(pid)).toBe(false);
    expect(await k6Folders(temporary)).toEqual([]);
    expect(await loadgen().databases("loadgen_run_")).toEqual([]);
  });

  it("ends with 3 if the server refuses some of its sessions, and with the server's words", async () => {
    const server = await loadgen().server();
    await Connection.use(server, "loadgen/test", async (one) => {
      await one.query("create role few login password 'few' connection limit 5");
      await one.query("create database few owner few");
    });
    const url = server.withDatabase("few").display.replace(/\/\/[^@]*@/, "//few@");
    const file = await write("one.sql", "select 1 as one;");
    const words = [file, "--existing", "--url", url, "--sessions", "6", "--warmup", "0"];
    const { started, folder } = loadgen().startRun([...words, ...onK6], { PGPASSWORD: "few" });
    const ended = await started.ended;
    expectCode(ended, 3);
    expect(ended.stderr).toMatch(
      /^loadgen: could open only \d of 6 connections to postgresql:\S+: .*too many connections for role "few"/,
    );
    expect(existsSync(folder)).toBe(false);
  });

  it("waits for the run before it on the same server", async () => {
    const words = ["point-read", ...tinyFixture, "--sessions", "2", "--warmup", "0", ...onK6];
    const first = loadgen().startRun([...words, "--duration", "10m"]);
    await first.started.printed("measuring for");
    const second = loadgen().startRun([...words, "--transactions", "3"]);
    await second.started.printed("waiting for another run on this server");
    first.started.signal("SIGINT");
    expectCode(await first.started.ended, 130);
    expectCode(await second.started.ended, 0);
  });

  it.each([
    ["is not there", "no-such-k6", null, /no-such-k6 is no k6 that can be run \(ENOENT\): exp/],
    ["is no program", "k6-text", "text", /k6-text is no k6 that can be run \(EACCES\): expected/],
    [
      "has no SQL",
      "k6-plain",
      "echo 'k6 v1.8.1 (go1.26.0, linux/amd64)'",
      /k6-plain has no k6\/x\/sql and no k6\/x\/sql\/driver\/postgres: expected a k6 that was built with/,
    ],
  ])("ends with 2 if the k6 %s", async (_, name, text, expected) => {
    if (text === "text") await write(name, text);
    else if (text !== null) await program(name, text);
    const run = await loadgen().run("concurrent", "--engine", "k6", "--k6", name);
    expectCode(run, 2);
    expect(run.stderr).toMatch(expected);
    expect(existsSync(run.folder)).toBe(false);
  });

  it("ends with 2 and what to install where there is no Go to build k6 with", async () => {
    const words = ["concurrent", ...tinyFixture, "--engine", "k6"];
    const { started, folder } = loadgen().startRun(words, { PATH: loadgen().folder });
    const ended = await started.ended;
    expectCode(ended, 2);
    expect(ended.stderr).toMatch(/install Go 1\.\d+ or newer .* or give --k6 PATH/);
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(join(loadgen().home, "k6"))).toBe(false);
  });

  it("ends with 2 if its world is more than plain data, and says where", async () => {
    const text = buggy("draw").replace("return yield* queryOne(one);", "return { by: new Map() };");
    const run = await loadgen().run(await write("map.ts", text), ...onK6);
    expectCode(run, 2);
    expect(run.stderr).toContain("the scenario's world has a Map at world.by: expected plain data");
    const other = buggy("draw").replace("return yield* queryOne(one);", "return [{ f: () => 1 }];");
    const refused = await loadgen().run(await write("function.ts", other), ...onK6);
    expectCode(refused, 2);
    expect(refused.stderr).toContain("has a function at world[0].f: expected plain data");
    expect(existsSync(refused.folder)).toBe(false);
  });
});
