/** `loadgen fixtures load` as its users run it, timed by the lines with which it says what begins. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Connection } from "../src/server/connection.ts";
import { cloneFixture, dropDatabase, privateName } from "../src/server/databases.ts";
import { startChild } from "./child.ts";
import { creating, type LoadSide } from "./load-phases.ts";

/** Seconds by phase, its start and its end in the first and the last; its databases are gone afterwards. */
export async function byLoadgen(side: LoadSide): Promise<ReadonlyMap<string, number>> {
  const { server, found } = side;
  const { seconds, stdout } = await load(side);
  const name = /^loaded: (\S+)$/m.exec(stdout)?.[1];
  if (name === undefined) throw new Error(`loadgen fixtures load:\n${stdout}`);
  const clone = privateName("bench");
  const startMs = performance.now();
  await cloneFixture(server.admin, name, clone);
  found("a clone of the fixture, s", (performance.now() - startMs) / 1000);
  const [size] = await Connection.use(server.admin, "loadgen/bench", (admin) =>
    admin.query("select pg_database_size($1)::text as bytes", [name]),
  );
  found("loadgen's database, MB", Number(size?.bytes) / 1e6);
  for (const database of [clone, name]) await dropDatabase(server.admin, database);
  return seconds;
}

async function load({ server, loadgen, stop, size, phases, found }: LoadSide) {
  const seconds = new Map<string, number>();
  let [last, sinceMs] = [creating, performance.now()];
  const end = (next: string) => {
    const nowMs = performance.now();
    seconds.set(last, (seconds.get(last) ?? 0) + (nowMs - sinceMs) / 1000);
    [last, sinceMs] = [next, nowMs];
  };
  const { pid, onStdout, ended } = startChild({
    program: process.execPath,
    words: [loadgen, "fixtures", "load", "--fixture", size],
    env: { LOADGEN_HOME: join(server.folder, "home") },
    stop,
  });
  let residentMb = 0;
  onStdout((text) => {
    for (const [, step] of text.matchAll(/^ {2}(\S+?)(?:: .*)?$/gm)) {
      const phase = phases.find(({ steps }) => steps.includes(step ?? ""));
      if (phase !== undefined && phase.name !== last) end(phase.name);
    }
    residentMb = Math.max(residentMb, mostResidentMb(pid));
  });
  const { code, stdout, stderr } = await ended;
  end("");
  if (code !== 0) throw new Error(`loadgen fixtures load ended with ${code}: ${stderr}`);
  found("loadgen fixtures load, most resident MB", residentMb);
  return { seconds, stdout };
}

/** Ever since it was started; 0 if it is gone (proc documentation, VmHWM). */
function mostResidentMb(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
