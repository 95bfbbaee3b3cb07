import { appendFile, cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectCode, Loadgen } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared("server18");
});

afterAll(() => loadgen.remove());

it("a run has the rows of files, and is repeated only with the same ones", async () => {
  const folder = join(loadgen.folder, "files");
  await cp(join(import.meta.dirname, "../data/dms-1000-5000"), folder, { recursive: true });
  const short = [
    "single-document",
    "--transactions",
    "3",
    "--warmup",
    "0",
    "--fixture-from",
    folder,
  ];
  const run = await loadgen.run(...short);
  expectCode(run, 0);
  const loaded = await loadgen.databases("loadgen_dms");
  expectCode(await loadgen.command("fixtures", "verify", "--from", folder), 0);

  // The plan says where from.
  expectCode(await loadgen.run("--repeat", run.folder), 0);
  expect(await loadgen.databases("loadgen_dms")).toEqual(loaded);

  await appendFile(join(folder, "reference.csv"), "one more\n");
  const changed = await loadgen.run("--repeat", run.folder, "--sessions", "2");
  expectCode(changed, 2);
  expect(changed.stderr).toContain(
    `--repeat: the files in ${folder} are not those of that run any more`,
  );

  const words = ["--from", folder, "--mode", "sql", "--resume"];
  const refused = await loadgen.command("fixtures", "load", ...words);
  expectCode(refused, 2);
  expect(refused.stderr).toBe(
    "loadgen: --from and --mode sql exclude each other: give one\n" +
      "loadgen: --resume: a file is loaded as a whole: leave it out with --from\n",
  );
});
