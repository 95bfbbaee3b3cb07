import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { knownVariant } from "../../src/core/variant.ts";
import { scanCsv } from "../../src/server/csv-scan.ts";
import { problemsWithFiles, readFixtureFiles } from "../../src/server/fixture-files.ts";

const golden = join(import.meta.dirname, "../data/dms-1000-5000");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadgen-files-"));
  await cp(golden, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

async function change(name: string, from: string | RegExp, to: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, (await readFile(path, "utf8")).replace(from, to));
}

async function problems(): Promise<readonly string[]> {
  const read = await readFixtureFiles(dms, folder);
  return read.ok ? [] : read.problems.map((problem) => problem.replace(`${folder}/`, ""));
}

describe("a folder of exported files", () => {
  it("has the sizes of the data, and is known by its content alone", async () => {
    const [here, there] = [
      await readFixtureFiles(dms, golden),
      await readFixtureFiles(dms, folder),
    ];
    if (!here.ok || !there.ok) throw new Error("refused");
    expect(there.value.parameters).toEqual({ documents: 1_000, references: 5_000 });
    expect(there.value.files.sha256).toBe(here.value.files.sha256);
    await change("alias.csv", "8", "9");
    const changed = await readFixtureFiles(dms, folder);
    expect(changed.ok && changed.value.files.sha256).not.toBe(here.value.files.sha256);
  });

  it("is refused with all that is wrong with it", async () => {
    await rm(join(folder, "document.csv"));
    await change("alias.csv", "DocumentId,", "DocumentNumber,");
    await change("reference.csv", "ParentDocumentId,", "ReferentialId,");
    expect(await problems()).toEqual([
      "document.csv: there is no such file: expected the rows of dms.document in it",
      'alias.csv:1: unknown column "DocumentNumber": expected ReferentialPartitionKey, ReferentialId, DocumentId, DocumentPartitionKey',
      "alias.csv:1: the column DocumentId is missing",
      "reference.csv:1: the column ReferentialId stands there twice",
      "reference.csv:1: the column ParentDocumentId is missing",
    ]);
  });

  it("is refused if tables of one size have not as many rows", async () => {
    await change("alias.csv", /\r\n[^\r]*\r\n$/, "\r\n");
    expect(await problems()).toEqual([
      `${folder}: dms.alias: expected as many rows as there are documents, 1000, got 999`,
    ]);
  });

  it("does not fit variants with other columns or rows, or keys outside", async () => {
    await change("reference.csv", /\r\n1,13,/, "\r\n1,16,");
    const read = await readFixtureFiles(dms, folder);
    if (!read.ok) throw new Error("refused");
    const refused = (name: string, keys = 16) =>
      problemsWithFiles(read.value, dms, {
        variant: knownVariant(dms, name),
        parameters: { keys },
      });
    expect(refused("current", 17)).toEqual([]);
    expect(refused("current")).toEqual([
      `${folder}/reference.csv:2: ParentDocumentPartitionKey: expected a whole number from 0 to 15 (--keys 16), got 16`,
    ]);
    expect(refused("alias-id", 17)).toEqual([
      "dms.reference has other columns in the variant alias-id than in exported files, and files are loaded as they are",
    ]);
    expect(refused("merge", 17)).toEqual([
      "the variant merge changes the rows (distinctReferences), and files are loaded as they are",
    ]);
  });
});

describe("a CSV file", () => {
  it("is gone through as COPY does: quotes hide commas and line ends", async () => {
    const path = join(folder, "odd.csv");
    await writeFile(path, 'a,b\n"x,""y\n,z",-3\n"",12\r\nq,"4"');
    const { rows, ranges } = await scanCsv(path, [1]);
    expect(rows).toBe(3);
    expect(ranges.get(1)).toEqual([
      { value: -3, line: 3 },
      { value: 12, line: 4 },
    ]);
  });
});
