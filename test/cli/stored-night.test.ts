import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { storedNight as read } from "../../src/cli/stored-night.ts";
import { nightPageText } from "../../src/report/page/night-page.ts";
import { storedNight } from "../report/page/stored-others.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadgen-night-"));
});

afterEach(() => rm(folder, { recursive: true }));

it("a night's page goes without its history where that cannot be read, and says so", async () => {
  const file = join(folder, "history.ndjson");
  // A folder in the place of the file.
  await mkdir(file);
  const { night } = storedNight;
  const stored = { ...night, history: { ...night.history, file } };
  await writeFile(join(folder, "nightly.json"), JSON.stringify(stored));
  const found = await read(folder);
  if (!found.ok) throw new Error(found.problems.join());
  expect(found.value.lines).toEqual([]);
  const page = nightPageText(found.value, { script: "", style: "" });
  expect(page).toContain(`the history in ${file} cannot be read (EISDIR)`);
});
