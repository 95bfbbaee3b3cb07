import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { listLoadgenDatabases } from "../../src/server/database-mark.ts";
import { cloneFixture, resetDatabases } from "../../src/server/databases.ts";
import { bundledFixture, type Fixture } from "../../src/server/fixture.ts";
import { ensureFixture } from "../../src/server/fixture-database.ts";
import { readFixtureFiles } from "../../src/server/fixture-files.ts";
import { verdictOn, verifyFixture } from "../../src/server/fixture-verify.ts";
import { onEachServer } from "../faults/in-run.ts";

const golden = join(import.meta.dirname, "../data/dms-1000-5000");
const made = { partitions: 16, keys: 16, averageReferences: 200 };
const silent = () => undefined;

/** As it is in the folder by now. */
async function fixtureOf(folder: string): Promise<Fixture> {
  const read = await readFixtureFiles(dms, folder);
  if (!read.ok) throw new Error(read.problems.join("; "));
  const { files, parameters } = read.value;
  return { ...bundledFixture(dms, "current", { ...made, ...parameters }), files };
}

onEachServer((server) => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "loadgen-files-"));
    await cp(golden, folder, { recursive: true });
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
    await resetDatabases(server().address);
  });

  const changed = async (change: (text: string) => string) => {
    const path = join(folder, "reference.csv");
    await writeFile(path, change(await readFile(path, "utf8")));
  };
  const names = async () => (await listLoadgenDatabases(server().address)).map(({ name }) => name);

  it("loads the original's files as what the generator says, once, and changed ones anew", async () => {
    const admin = server().address;
    // As somebody else's tool may have written them: other columns first, in lower case, lines of LF.
    await changed((text) =>
      text
        .trimEnd()
        .split("\r\n")
        .map((line, index) => (index === 0 ? line.toLowerCase() : line).split(","))
        .map((cells) => [...cells].reverse().join(","))
        .join("\n"),
    );
    const fixture = await fixtureOf(folder);
    const name = await ensureFixture(admin, fixture, silent);
    await cloneFixture(admin, name, "files_clone");
    const verdict = verdictOn(
      await verifyFixture(admin.withDatabase("files_clone"), fixture, silent),
    );
    expect(verdict.reasons).toEqual([
      "every row of dms.document, dms.alias, dms.reference is what the generator says",
    ]);
    const again = await ensureFixture(admin, await fixtureOf(folder), () => {
      throw new Error("loaded again");
    });
    expect(again).toBe(name);
    await changed((text) => text.slice(0, text.lastIndexOf("\n")));
    const other = await ensureFixture(admin, await fixtureOf(folder), silent);
    expect(other).not.toBe(name);
  });

  it("tells the line of what the server refuses, and leaves nothing", async () => {
    const load = async () => ensureFixture(server().address, await fixtureOf(folder), silent);
    const path = join(folder, "reference.csv");
    await changed((text) => text.replace("\r\n2,", "\r\nx,"));
    const line = (await readFile(path, "utf8")).split("\n").findIndex((one) => /^x,/.test(one)) + 1;
    await expect(load()).rejects.toThrow(
      `loading dms.reference from ${path}: invalid input syntax for type bigint: "x" (COPY reference, line ${line}, `,
    );
    await changed((text) => text.replace("\r\nx,", "\r\n1,2,"));
    await expect(load()).rejects.toThrow(
      `extra data after last expected column (COPY reference, line ${line}: `,
    );
    expect(await names()).toEqual([]);
  });

  it("refuses a file that has changed since it was read, or is gone, and leaves nothing", async () => {
    const path = join(folder, "reference.csv");
    const fixture = await fixtureOf(folder);
    await appendFile(path, (await readFile(path, "utf8")).split("\r\n")[1] ?? "");
    const load = () => ensureFixture(server().address, fixture, silent);
    await expect(load()).rejects.toThrow(`${path}: the file has changed since it was read`);
    await rm(path);
    await expect(load()).rejects.toThrow(`loading dms.reference from ${path}: ENOENT`);
    expect(await names()).toEqual([]);
  });
});
