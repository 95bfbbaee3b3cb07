import { existsSync } from "node:fs";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type KeptCommand, keptFolder, KeptProcess } from "../../src/server/kept-process.ts";
import { until } from "../helpers/postgres.ts";

describe("a kept process", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(await realpath(tmpdir()), "loadgen-kept-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const start = (script: string, given: Partial<KeptCommand> = {}) =>
    new KeptProcess({
      program: "/bin/sh",
      words: ["-c", script, "a word"],
      folder,
      env: { SECRET: "in the environment" },
      user: null,
      takesFolder: false,
      ...given,
    });

  it("has its words and its environment, and tells what it said and how it ended", async () => {
    const one = start('echo "$0, $SECRET" >&2; echo "nobody reads this"; exit 7');
    expect(await one.ended).toBe("ended with 7");
    expect(one.log).toBe("a word, in the environment");
    expect(one.isOver).toBe(true);
    expect(existsSync(folder)).toBe(true);
  });

  it("tells which signal has ended it, and takes what is no signal's for a code", async () => {
    expect(await start("kill -SEGV $$").ended).toBe("was ended by SIGSEGV");
    expect(await start("exit 255").ended).toBe("ended with 255");
  });

  it("says so where its program is none", async () => {
    const one = start("", { program: join(folder, "nowhere") });
    expect(await one.ended).toBe("ended with 127");
    expect(one.log).toContain("nowhere");
  });

  it("is gone once it was told to end, whatever it does about signals", async () => {
    const one = start("trap '' TERM HUP INT; echo ready >&2; while :; do sleep 0.1; done");
    await until(() => one.log === "ready", "its word");
    const { pid } = one;
    expect(isAlive(Number(pid))).toBe(true);
    await one.kill();
    expect(isAlive(Number(pid))).toBe(false);
    expect(one.isOver).toBe(true);
    await one.kill();
  });

  it("takes its folder with it where that is wanted", async () => {
    await writeFile(join(folder, "a file"), "");
    await start("exit 0", { takesFolder: true }).ended;
    expect(existsSync(folder)).toBe(false);
  });
});

describe("a kept folder", () => {
  it("is there until it is removed, with what is in it", async () => {
    const { path, remove } = await keptFolder("loadgen-kept-");
    await writeFile(join(path, "a file"), "");
    expect(path).toContain("loadgen-kept-");
    await remove();
    expect(existsSync(path)).toBe(false);
    await remove();
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
