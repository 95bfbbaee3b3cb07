import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { explainingHome, homeFolder, prepareHome, withHomeLock } from "../../src/server/home.ts";
import { removeHome, temporaryHome } from "../helpers/home.ts";

async function emptyHome(): Promise<string> {
  const home = await temporaryHome();
  onTestFinished(() => removeHome(home));
  return home;
}

describe("the home folder", () => {
  it("is what LOADGEN_HOME says, for root too", () => {
    expect(homeFolder({ LOADGEN_HOME: "/srv/loadgen" }, 0, "/root")).toBe("/srv/loadgen");
    expect(homeFolder({ LOADGEN_HOME: "/srv/loadgen" }, 1000, "/home/ann")).toBe("/srv/loadgen");
  });

  it("is absolute even if LOADGEN_HOME is not", () => {
    expect(homeFolder({ LOADGEN_HOME: "here" }, 1000, "/home/ann")).toBe(
      join(process.cwd(), "here"),
    );
  });

  it("is one outside /root for root", () => {
    expect(homeFolder({ XDG_STATE_HOME: "/root/state" }, 0, "/root")).toBe("/var/lib/loadgen");
  });

  it("is in the user's state folder for an ordinary user", () => {
    expect(homeFolder({}, 1000, "/home/ann")).toBe("/home/ann/.local/state/loadgen");
    expect(homeFolder({ LOADGEN_HOME: "" }, 1000, "/home/ann")).toBe(
      "/home/ann/.local/state/loadgen",
    );
    expect(homeFolder({ XDG_STATE_HOME: "/state" }, 1000, "/home/ann")).toBe("/state/loadgen");
  });

  it("ignores a relative XDG_STATE_HOME, as its specification wants", () => {
    expect(homeFolder({ XDG_STATE_HOME: "state" }, 1000, "/home/ann")).toBe(
      "/home/ann/.local/state/loadgen",
    );
  });

  it("can be entered by everybody if root makes it, and by its owner alone otherwise", async () => {
    const home = await emptyHome();
    await prepareHome(join(home, "root"), true);
    await prepareHome(join(home, "ordinary"), false);
    expect((await stat(join(home, "root"))).mode & 0o777).toBe(0o755);
    expect((await stat(join(home, "ordinary"))).mode & 0o777).toBe(0o700);
  });

  it("is explained where it cannot be made", async () => {
    const home = await emptyHome();
    await writeFile(join(home, "file"), "");
    const folder = join(home, "file", "loadgen");
    await expect(explainingHome(folder, () => prepareHome(folder, false))).rejects.toMatchObject({
      name: "ServerError",
      code: "ENOTDIR",
      message: expect.stringMatching(`cannot use ${folder}.*Set LOADGEN_HOME`) as string,
    });
  });

  it("leaves errors alone that are not the file system's", async () => {
    const bug = new TypeError("a bug");
    await expect(explainingHome("/home", () => Promise.reject(bug))).rejects.toBe(bug);
  });
});

describe("the lock of a home folder", () => {
  it("lets one in after the other", async () => {
    const home = await emptyHome();
    const seen: string[] = [];
    const visit = (name: string) =>
      withHomeLock(home, async () => {
        seen.push(`${name} in`);
        await mkdir(join(home, name));
        seen.push(`${name} out`);
      });
    await Promise.all([visit("one"), visit("other")]);
    expect(seen.filter((_, index) => index % 2 === 0)).toHaveLength(2);
    expect(seen[0]!.split(" ")[0]).toBe(seen[1]!.split(" ")[0]);
    expect(seen[2]!.split(" ")[0]).toBe(seen[3]!.split(" ")[0]);
  });

  it("does not wait where the folder is missing", async () => {
    const home = join(await emptyHome(), "missing");
    await expect(withHomeLock(home, () => Promise.resolve())).rejects.toMatchObject({
      code: "ENOENT",
    });
  });

  it("is released by work that fails", async () => {
    const home = await emptyHome();
    await expect(withHomeLock(home, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await withHomeLock(home, () => Promise.resolve("free again"))).toBe("free again");
    expect(await readdir(home)).toEqual([]);
  });
});
