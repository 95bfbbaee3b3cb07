import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { isLivingOther, thisProcess } from "../../src/faults/owner.ts";

it("is not another one, while it is this process", async () => {
  expect(await isLivingOther(await thisProcess())).toBe(false);
});

it("lives as long as its process does, and a later one of the same number is not taken for it", async () => {
  const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("no process");
  const started = await startOf(pid);
  expect(await isLivingOther({ pid, started })).toBe(true);
  expect(await isLivingOther({ pid, started: `${started}0` })).toBe(false);
  const gone = once(child, "close");
  child.stdin.end();
  await gone;
  expect(await isLivingOther({ pid, started })).toBe(false);
});

it("is nobody where an older loadgen did not write it down", async () => {
  expect(await isLivingOther(null)).toBe(false);
});

/** As the process itself would write it down: same boot, its own tick. */
async function startOf(pid: number): Promise<string> {
  const [boot = ""] = (await thisProcess()).started.split("/");
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  return `${boot}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""}`;
}
