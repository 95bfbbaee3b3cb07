/**
 * The plateaus of docs/the-six-session-plateau.md, by the very commands that stand there: each must
 * find its cause. What they print is printed here, too: the document quotes it.
 */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SweepResult } from "../../src/sweep/result.ts";
import { Loadgen } from "../helpers/loadgen.ts";

const root = resolve(import.meta.dirname, "..", "..");

interface Expected {
  readonly code: number;
  readonly waitsAt: SweepResult["waitsAt"]["kind"];
  readonly limitedBy: SweepResult["limitedBy"]["kind"];
}

/** By what a command has that no other has. */
const expectations: readonly (readonly [string, Expected])[] = [
  ["--hold 100ms --pool-max 6", { code: 0, waitsAt: "pool", limitedBy: "pool" }],
  ["--chaos pool-limit:max=6", { code: 0, waitsAt: "pool", limitedBy: "pool" }],
  ["--think 0 --pool-max 6", { code: 0, waitsAt: "pool", limitedBy: "cpu" }],
  ["--driver-sockets 10", { code: 97, waitsAt: "generator", limitedBy: "generator" }],
  ["sweep service", { code: 0, waitsAt: "service-gate", limitedBy: "service-gate" }],
  ["--sessions 1,2,4,6,8,12,16,24,32,48,64,100", { code: 0, waitsAt: "cpu", limitedBy: "cpu" }],
];

async function commands(): Promise<readonly string[]> {
  const text = await readFile(join(root, "docs", "the-six-session-plateau.md"), "utf8");
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  const lines = blocks.join("\n").replaceAll("\\\n", " ").split("\n");
  return lines.filter((line) => line.startsWith("npx loadgen sweep "));
}

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
});

afterAll(() => loadgen.remove());

it.each(expectations)("the document's command with %s has its cause", async (part, expected) => {
  const command = (await commands()).find((line) => line.includes(part));
  if (command === undefined) throw new Error(`the document has no command with ${part}`);
  const folder = join(loadgen.folder, part.replace(/\W+/g, "-"));
  const words = command.trim().split(/\s+/).slice(2);
  const ended = await loadgen.command(...words, "--quiet", "--out", folder);
  process.stdout.write(`\n$ ${command}\n${ended.stdout}${ended.stderr}`);
  const result = JSON.parse(await readFile(join(folder, "sweep.json"), "utf8")) as SweepResult;
  expect({
    code: ended.code,
    waitsAt: result.waitsAt.kind,
    limitedBy: result.limitedBy.kind,
  }).toEqual(expected);
});
