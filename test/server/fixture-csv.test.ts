import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import type { Scalar } from "../../src/core/step.ts";
import type { System } from "../../src/core/system.ts";
import { exportCsv } from "../../src/server/fixture-csv.ts";

const golden = {
  documents: 1_000,
  references: 5_000,
  partitions: 16,
  keys: 16,
  averageReferences: 200,
};
const goldenFolder = join(import.meta.dirname, "../data/dms-1000-5000");
const goldenFiles = ["document.csv", "alias.csv", "reference.csv"];

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "loadgen-csv-"));
});
afterEach(() => rm(scratch, { recursive: true }));

/** A system of one table with the given rows. */
function systemWith(rows: () => Iterable<readonly Scalar[]>): System {
  const table = {
    ...{ table: "some.thing", columns: ["One", "Two"], count: () => 1 },
    ...{ rows, blocks: () => null },
  };
  return { ...dms, tables: [table] };
}

describe("exporting CSV", () => {
  it("reproduces the original generator's files byte for byte", async () => {
    const folder = join(scratch, "not", "there", "yet");
    const paths = await exportCsv(dms, golden, folder);
    expect(paths).toEqual(goldenFiles.map((name) => join(folder, name)));
    expect((await readdir(folder)).sort()).toEqual([...goldenFiles].sort());
    for (const name of goldenFiles) {
      const written = await readFile(join(folder, name));
      expect(written.equals(await readFile(join(goldenFolder, name))), name).toBe(true);
    }
  });

  it("differs from them for other parameters", async () => {
    await exportCsv(dms, { ...golden, references: 4_999 }, scratch);
    const written = await readFile(join(scratch, "reference.csv"));
    expect(written.equals(await readFile(join(goldenFolder, "reference.csv")))).toBe(false);
  });

  it("quotes what would otherwise be read differently", async () => {
    const rows = [
      ["plain text", 'say "hi"'],
      ["a,b", "line\r\nbreak"],
      [null, true],
      [1.5, ""],
    ];
    await exportCsv(
      systemWith(() => rows),
      {},
      scratch,
    );
    expect(await readFile(join(scratch, "thing.csv"), "utf8")).toBe(
      'One,Two\r\nplain text,"say ""hi"""\r\n"a,b","line\r\nbreak"\r\n,true\r\n1.5,\r\n',
    );
  });

  it("leaves nothing behind if it fails, neither files nor folders", async () => {
    const broken = systemWith(function* () {
      for (let row = 0; row < 100_000; row++) yield [row, "x".repeat(10)];
      throw new RangeError("no more rows");
    });
    await expect(exportCsv(broken, {}, join(scratch, "new", "folder"))).rejects.toThrow("no more");
    expect(await readdir(scratch)).toEqual([]);

    await writeFile(join(scratch, "thing.csv"), "from before");
    await expect(exportCsv(broken, {}, scratch)).rejects.toThrow("no more");
    expect(await readdir(scratch)).toEqual(["thing.csv"]);
    expect(await readFile(join(scratch, "thing.csv"), "utf8")).toBe("from before");
  });
});
