import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunFolder, StoreError } from "../../src/run/store.ts";

let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "loadgen-store-"));
});

afterEach(() => rm(parent, { recursive: true }));

/** An error that says what was expected, and why it could not be. */
function because(code: string) {
  return { name: StoreError.name, cause: expect.objectContaining({ code }) as Error };
}

describe("a run's folder", () => {
  it("is made with the folders above it, and keeps what is written at the end and as the run goes", async () => {
    const folder = await RunFolder.create(join(parent, "reports", "a-run"));
    const line = folder.lines("samples.ndjson");
    await folder.writeJson("plan.json", { seed: 1 });
    line("one");
    line("two");
    await folder.write("summary.md", "# fine\n");
    await folder.close();
    const read = (name: string) => readFile(join(folder.path, name), "utf8");
    expect(await read("samples.ndjson")).toBe("one\ntwo\n");
    expect(JSON.parse(await read("plan.json"))).toEqual({ seed: 1 });
    expect(await read("summary.md")).toBe("# fine\n");
  });

  it("may be there already, if it is empty", async () => {
    await mkdir(join(parent, "a-run"));
    const folder = await RunFolder.create(join(parent, "a-run"));
    expect(folder.path).toBe(join(parent, "a-run"));
  });

  it("is refused where something is in it, which stays", async () => {
    await writeFile(join(parent, "run.json"), "{}");
    await expect(RunFolder.create(parent)).rejects.toThrow(
      `expected a new or empty folder that can be written: ${parent}: it is not empty`,
    );
    expect(await readdir(parent)).toEqual(["run.json"]);
  });

  it("is refused where a file is in its place or above it", async () => {
    await writeFile(join(parent, "file"), "");
    await expect(RunFolder.create(join(parent, "file"))).rejects.toMatchObject(because("EEXIST"));
    await expect(RunFolder.create(join(parent, "file", "a-run"))).rejects.toMatchObject(
      because("ENOTDIR"),
    );
  });

  // Root may write everywhere.
  it.skipIf(process.getuid?.() === 0)("is refused where nothing can be written", async () => {
    await mkdir(join(parent, "closed"));
    await chmod(join(parent, "closed"), 0o555);
    for (const path of ["closed", "closed/a-run"]) {
      await expect(RunFolder.create(join(parent, path))).rejects.toMatchObject(because("EACCES"));
    }
  });

  it("says at its end that lines could not be written", async () => {
    const folder = await RunFolder.create(join(parent, "a-run"));
    // A folder in the place of the file.
    await mkdir(join(folder.path, "samples.ndjson"));
    const line = folder.lines("samples.ndjson");
    line("lost");
    await expect(folder.close()).rejects.toMatchObject(because("EISDIR"));
  });
});

describe("a run's folder that is abandoned", () => {
  it("goes with the folders that were made for it", async () => {
    const folder = await RunFolder.create(join(parent, "reports", "today", "a-run"));
    await folder.writeJson("plan.json", {});
    folder.lines("samples.ndjson")("one");
    await folder.abandon();
    expect(await readdir(parent)).toEqual([]);
  });

  it("goes with folders that are in it", async () => {
    const folder = await RunFolder.create(join(parent, "a-sweep"));
    const own = await RunFolder.create(join(folder.path, "runs", "a-run"));
    await own.writeJson("plan.json", {});
    expect(await folder.abandon()).toBe(false);
    expect(await readdir(parent)).toEqual([]);
  });

  it("leaves the folder of another run beside it", async () => {
    const folder = await RunFolder.create(join(parent, "reports", "a-run"));
    const other = await RunFolder.create(join(parent, "reports", "another-run"));
    await other.writeJson("plan.json", {});
    await folder.abandon();
    expect(await readdir(join(parent, "reports"))).toEqual(["another-run"]);
    expect(await readdir(other.path)).toEqual(["plan.json"]);
  });

  it("stays, and empty, where it was there before", async () => {
    await mkdir(join(parent, "a-run"));
    const folder = await RunFolder.create(join(parent, "a-run"));
    await folder.writeJson("plan.json", {});
    await folder.abandon();
    expect(await readdir(parent)).toEqual(["a-run"]);
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe("a run's folder whose run failed after it had measured", () => {
  it("stays once it has its result, though nobody had seen a sample", async () => {
    const folder = await RunFolder.create(join(parent, "a-run"));
    await folder.writeResult("run.json", {});
    expect(await folder.abandon()).toBe(true);
    expect(await readdir(folder.path)).toEqual(["run.json"]);
  });

  it("has nothing half-done beside what could not be written", async () => {
    const folder = await RunFolder.create(join(parent, "a-run"));
    await mkdir(join(folder.path, "report.html"));
    await expect(folder.write("report.html", "")).rejects.toMatchObject(because("EISDIR"));
    expect(await readdir(folder.path)).toEqual(["report.html"]);
  });

  it("stays, with all that reached it", async () => {
    const folder = await RunFolder.create(join(parent, "a-run"));
    folder.lines("samples.ndjson")("one");
    folder.markMeasured();
    expect(await folder.abandon()).toBe(true);
    expect(await readFile(join(folder.path, "samples.ndjson"), "utf8")).toBe("one\n");
  });

  it("stays where not all of it could be written", async () => {
    const folder = await RunFolder.create(join(parent, "a-run"));
    await mkdir(join(folder.path, "samples.ndjson"));
    folder.lines("samples.ndjson")("lost");
    await folder.writeJson("before.json", {});
    folder.markMeasured();
    expect(await folder.abandon()).toBe(true);
    expect(await readdir(folder.path)).toContain("before.json");
  });

  it("stays with all that was written, once something was measured", async () => {
    const folder = await RunFolder.create(join(parent, "a-run"));
    const line = folder.lines("samples.ndjson");
    line("one");
    folder.markMeasured();
    expect(await folder.abandon()).toBe(true);
    expect(await readFile(join(folder.path, "samples.ndjson"), "utf8")).toBe("one\n");
  });
});
