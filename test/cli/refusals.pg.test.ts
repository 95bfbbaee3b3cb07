import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, expectCode, Loadgen, tinyFixture } from "../helpers/loadgen.ts";
import { serverAddress } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
});

afterAll(() => loadgen.remove());

/** What was complained of, one a line. */
function problems({ stderr }: Ended): readonly string[] {
  return stderr
    .split("\n")
    .filter((line) => line.startsWith("loadgen: "))
    .map((line) => line.slice("loadgen: ".length));
}

async function writeYaml(name: string, text: string): Promise<string> {
  await writeFile(join(loadgen.folder, name), text);
  return name;
}

function expectNothingLeft(ended: Ended, code: number): void {
  expectCode(ended, code);
  expect(ended.stdout).toBe("");
  expect(existsSync(join(loadgen.home, "data")), "a server was started").toBe(false);
  expect(existsSync(join(loadgen.folder, "reports")), "a folder was left").toBe(false);
}

describe("wrong usage", () => {
  it("ends with 2 and every problem, and starts nothing", async () => {
    const words = ["--sessions", "0", "--duration", "5s", "--transactions", "5", "--hot", "0"];
    const more = ["--chaos", "pool-limit", "--chaos", "coffee-spill", "--isolation", "dirty"];
    const thresholds = ["--thresholds", "gone.yaml", "--documents", "1", "--payload", "heavy"];
    const ended = await loadgen.command("run", "concurrent", ...words, ...more, ...thresholds);
    expectNothingLeft(ended, 2);
    expect(problems(ended)).toEqual([
      expect.stringMatching(/^--sessions: .*got "0"$/),
      expect.stringMatching(/^--isolation: .*got "dirty"$/),
      "--thresholds: cannot read gone.yaml (ENOENT)",
      expect.stringMatching(/^--hot: /),
      expect.stringMatching(/^unknown option --payload: .*concurrent has --unlocked, --hot/),
      expect.stringMatching(/^--duration and --transactions exclude each other/),
      expect.stringMatching(/^--chaos: pool-limit: max is missing/),
      expect.stringMatching(/^--chaos: there is no fault "coffee-spill"/),
      expect.stringMatching(/^documents must be a whole number from 2/),
    ]);
  });

  it("ends with 2 and every problem that can be known without a scenario", async () => {
    const words = ["run", "foo", "--sessions", "0", "--chaos", "xx", "--durations", "3"];
    const ended = await loadgen.command(...words, "--existing", "--hot", "x");
    expectNothingLeft(ended, 2);
    expect(problems(ended)).toEqual([
      expect.stringMatching(/^--sessions: /),
      expect.stringMatching(/^there is no scenario "foo"/),
      expect.stringMatching(/^unknown option --durations/),
      expect.stringMatching(/^--hot: expected a whole number/),
      expect.stringMatching(/^--existing needs a database to run in/),
      expect.stringMatching(/^--chaos: there is no fault "xx"/),
    ]);
  });

  it("does not call an option unknown that an unreadable file may have", async () => {
    const ended = await loadgen.command("run", "gone.ts", "--mine", "3", "--sessions", "0");
    expectNothingLeft(ended, 2);
    expect(problems(ended)).toEqual([
      expect.stringMatching(/^--sessions: /),
      expect.stringMatching(/^cannot read the scenario .*gone\.ts: expected a file$/),
    ]);
  });

  it.each([
    [["run"], /^expected a scenario/],
    [["run", "concurrent", "mixed"], /^unexpected "mixed"/],
    [["run", "concurrent", "--sessions"], /--sessions/],
    [["run", "concurrent", "--repeat", "gone"], /^--repeat: expected a run's folder/],
    [["run", "concurrent", "--existing"], /^--existing needs a database/],
    [["rum"], /unknown command 'rum'/],
    [["list", "colours"], /^list: expected one of systems, scenarios, variants, faults/],
    [["doctor", "--sessions", "x"], /^--sessions: expected a whole number/],
    [["fixtures", "load", "--documents", "0", "--system", "dms"], /^--documents: /],
    [["fixtures", "export", "--system", "tpcc", "--out", "x"], /^--system: expected one of dms/],
    [["fixtures", "export"], /^--out: expected a folder/],
    [
      ["fixtures", "export", "--out", "/dev/null/x"],
      /^--out: cannot write to \/dev\/null\/x: ENOTDIR/,
    ],
    [
      ["run", "concurrent", "--while", "repartition:partitions=64@1s"],
      /^--while: "repartition:partitions=64": expected SQL, and repartition is a fault: --chaos repartition$/,
    ],
  ])("%j ends with 2 and says what was expected", async (words, expected) => {
    const ended = await loadgen.command(...words);
    expectNothingLeft(ended, 2);
    expect(problems(ended)).toEqual([expect.stringMatching(expected)]);
  });

  it("is not to ask for help, nor to say nothing at all", async () => {
    for (const words of [["--help"], ["run", "--help"], []]) {
      expect((await loadgen.command(...words)).code, words.join(" ")).toBe(0);
    }
    const { stdout } = await loadgen.command("run", "--help");
    expect(stdout).toContain("single-document: ");
    expect(stdout).toContain("--payload <text>");
    const { stdout: ofOne } = await loadgen.command("sweep", "history-read", "--help");
    expect(ofOne).toMatch(/--blocks <n> .*history-read: .*--weights <weights>/s);
    expect(ofOne).not.toMatch(/--documents|--payload <|history-write:/);
  });
});

describe("wrong files", () => {
  it("end with 2, each problem with its line and column", async () => {
    const text = 'latency:\n  - "p(95) < 5 parsecs"\n  - "avg"\nspeed: ["avg < 1s"]\n';
    const file = await writeYaml("wrong.yaml", text);
    const ended = await loadgen.command("run", "concurrent", "--thresholds", file);
    expectNothingLeft(ended, 2);
    expect(problems(ended)).toEqual([
      expect.stringMatching(/^wrong\.yaml:2:5: .*parsecs/),
      expect.stringMatching(/^wrong\.yaml:3:5: /),
      expect.stringMatching(/^wrong\.yaml:4:1: "speed" is not a metric/),
    ]);
  });

  it("end with 2 if they would judge nothing", async () => {
    const file = await writeYaml("other.yaml", 'latency{scenario:mixed}: ["avg < 1s"]\n');
    const ended = await loadgen.command("run", "concurrent", "--thresholds", file);
    expectNothingLeft(ended, 2);
    expect(problems(ended)).toEqual([
      expect.stringMatching(/^other\.yaml: none of its thresholds is for this run/),
    ]);
  });

  it("end with 2 if they ask for what the run does not have", async () => {
    const yaml = 'latency{operation:read}: ["avg < 1s"]\nlatency{window:recovery}: ["avg < 1s"]\n';
    const file = await writeYaml("misfit.yaml", yaml);
    const ended = await loadgen.command("run", "concurrent", "--thresholds", file);
    expectNothingLeft(ended, 2);
    expect(problems(ended)).toHaveLength(2);
  });
});

describe("a folder that cannot be written to", () => {
  it("ends with 2 if there is something in it, which stays", async () => {
    const folder = join(loadgen.folder, "full");
    await mkdir(folder);
    await writeFile(join(folder, "mine.txt"), "mine");
    const ended = await loadgen.command("run", "concurrent", "--out", "full");
    expectNothingLeft(ended, 2);
    expect(problems(ended)).toEqual([expect.stringMatching(/^--out: .*full.* is not empty$/)]);
    expect(await readdir(folder)).toEqual(["mine.txt"]);
  });

  it("ends with 2 if it cannot be made", async () => {
    await writeFile(join(loadgen.folder, "file"), "");
    const ended = await loadgen.command("run", "concurrent", "--out", "file/folder");
    expectNothingLeft(ended, 2);
    expect(problems(ended)).toEqual([expect.stringMatching(/^--out: expected a new or empty/)]);
  });
});

describe("no usable server", () => {
  const password = "S3cret-Word";

  it("ends with 3 if nobody listens, without the password anywhere", async () => {
    // Port 1 is tcpmux's, which nobody has used for decades.
    const url = `postgresql://me:${password}@127.0.0.1:1/mine`;
    const run = await loadgen.command("run", "concurrent", "--url", url);
    expectCode(run, 3);
    expect(problems(run)).toEqual([
      expect.stringMatching(
        /^cannot connect to postgresql:\/\/me@127\.0\.0\.1:1\/mine: .*ECONNREFUSED/,
      ),
    ]);
    expect(existsSync(join(loadgen.folder, "reports"))).toBe(false);
    for (const words of [["doctor"], ["fixtures", "list"], ["chaos", "restore"]]) {
      const ended = await loadgen.command(...words, "--url", url);
      expectCode(ended, 3);
      expect(ended.stdout + ended.stderr).not.toContain(password);
    }
    expect(run.stdout + run.stderr).not.toContain(password);
  });

  it("ends with 2 if the URL is none, without the password anywhere", async () => {
    for (const url of [`me:${password}@host/mine`, `postgresql://me:${password}@host:port/mine`]) {
      for (const words of [["run", "concurrent"], ["doctor"], ["chaos", "restore"]]) {
        const ended = await loadgen.command(...words, "--url", url);
        expectNothingLeft(ended, 2);
        expect(problems(ended)).toEqual([expect.stringContaining("the URL of a server: expected")]);
        expect(ended.stderr).not.toContain(password);
      }
    }
  });

  it("ends with 3 if the password is wrong, without it anywhere", async () => {
    const url = new URL(serverAddress().display);
    url.password = password;
    const ended = await loadgen.command("run", "concurrent", "--url", url.href);
    expectCode(ended, 3);
    expect(problems(ended)).toEqual([expect.stringContaining("password authentication failed")]);
    expect(ended.stdout + ended.stderr).not.toContain(password);
  });

  it("ends with 3 if the login may not create a database, and leaves nothing behind", async () => {
    const role = await freshRole(serverAddress());
    try {
      const { password: own } = role.address.clientConfig("test");
      const url = new URL(role.address.display);
      const started = loadgen.start(
        ["run", "concurrent", ...tinyFixture, "--url", url.href],
        // As a stored plan is repeated: the URL has no password.
        { PGPASSWORD: String(own) },
      );
      const ended = await started.ended;
      expectCode(ended, 3);
      expect(problems(ended)).toEqual([expect.stringContaining("needs CREATEDB: grant it")]);
      expect(ended.stdout + ended.stderr).not.toContain(String(own));
      expect(existsSync(join(loadgen.folder, "reports"))).toBe(false);
    } finally {
      await role.drop();
    }
  });

  it("ends with 3 if the embedded server cannot be started", async () => {
    await writeFile(join(loadgen.folder, "no-folder"), "");
    const home = join(loadgen.folder, "no-folder", "home");
    const ended = await loadgen.start(["run", "concurrent"], { LOADGEN_HOME: home }).ended;
    expectNothingLeft(ended, 3);
    expect(problems(ended)).toEqual([expect.stringContaining("LOADGEN_HOME")]);
  });
});

describe("more sessions than the server takes", () => {
  it("end with 2, and leave neither database nor folder behind", async () => {
    const address = serverAddress();
    const { password } = address.clientConfig("test");
    const words = [
      "run",
      "concurrent",
      ...tinyFixture,
      "--sessions",
      "9999",
      "--url",
      address.display,
    ];
    const ended = await loadgen.start(words, { PGPASSWORD: String(password) }).ended;
    expectCode(ended, 2);
    expect(problems(ended)).toEqual([
      expect.stringMatching(/^--sessions 9999 needs 10004 connections, but .*max_connections/),
    ]);
    expect(existsSync(join(loadgen.folder, "reports"))).toBe(false);
  });
});
