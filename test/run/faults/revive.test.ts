import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HostControl } from "../../../src/faults/host.ts";
import type { JournalEntry } from "../../../src/faults/journal.ts";
import { type Owner, thisProcess } from "../../../src/faults/owner.ts";
import { reviveServer, undoHostFaultsOf } from "../../../src/run/faults/revive.ts";
import { until } from "../../helpers/postgres.ts";

let folder: string;
let done: string[];
let children: ChildProcess[];

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "loadgen-revive-")), "journal");
  await mkdir(folder);
  done = [];
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(join(folder, ".."), { recursive: true });
});

/** Of a server that is not there: all that an undo asks of it is noted. */
function host(given: Partial<HostControl> = {}): HostControl {
  const refused = () => Promise.reject(new Error("none of an undo's business"));
  const noted = (what: string) => () => Promise.resolve(void done.push(what));
  return {
    freeze: refused,
    processes: refused,
    stop: refused,
    clusterState: refused,
    freeBytes: refused,
    thaw: noted("thaw"),
    start: noted("start"),
    ...given,
  };
}

async function journalled(id: string, given: Partial<JournalEntry> = {}): Promise<void> {
  const entry: JournalEntry = {
    id,
    fault: "freeze",
    database: "somewhere",
    server: null,
    injectedAt: "2026-11-20T12:00:00.000Z",
    owner: null,
    undo: {},
    ...given,
  };
  await writeFile(join(folder, `${id}.json`), JSON.stringify(entry));
}

/** A process that lives until its test is over, or ends it. */
async function somebody(): Promise<{ owner: Owner; end: () => Promise<void> }> {
  const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  children.push(child);
  const { pid } = child;
  if (pid === undefined) throw new Error("no process");
  const [boot = ""] = (await thisProcess()).started.split("/");
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const started = `${boot}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""}`;
  const end = async () => {
    const gone = once(child, "close");
    child.kill("SIGKILL");
    await gone;
  };
  return { owner: { pid, started }, end };
}

const waiting = { onWaiting: () => undefined, signal: new AbortController().signal };

describe("a server that nobody answers for", () => {
  it("is let go on, and started, by what the journal on disk says", async () => {
    await journalled("a-run-0");
    await journalled("a-run-1", { fault: "crash" });
    expect(await reviveServer({ journalFolder: folder, host: host() }, waiting)).toBe(false);
    expect(done).toEqual(["thaw", "start"]);
  });

  it("is left alone by faults of other kinds, and of other servers", async () => {
    await journalled("a-run-0", { fault: "autovacuum-pause" });
    await journalled("a-run-1", { server: "postgresql://h:1/d" });
    await reviveServer({ journalFolder: folder, host: host() }, waiting);
    expect(done).toEqual([]);
  });

  it("is a living run's own: whoever comes waits for that one, and is told for whom", async () => {
    const { owner, end } = await somebody();
    await journalled("a-run-0", { owner, fault: "crash" });
    const told: string[] = [];
    const onWaiting = (pid: number, fault: string) => told.push(`${fault} of ${pid}`);
    const reviving = reviveServer(
      { journalFolder: folder, host: host() },
      { ...waiting, onWaiting },
    );
    await until(() => told.length > 0, "somebody is told");
    expect(told).toEqual([`crash of ${owner.pid}`]);
    expect(done).toEqual([]);
    // Once its owner is dead, it is anybody's to undo.
    await end();
    expect(await reviving).toBe(true);
    expect(done).toEqual(["start"]);
    expect(told).toHaveLength(1);
  });

  it("is not waited for any longer after an abort", async () => {
    const { owner } = await somebody();
    await journalled("a-run-0", { owner });
    const controller = new AbortController();
    const reviving = reviveServer(
      { journalFolder: folder, host: host() },
      { onWaiting: () => controller.abort("SIGINT"), signal: controller.signal },
    );
    await expect(reviving).rejects.toBe("SIGINT");
    expect(done).toEqual([]);
  });
});

describe("a watchdog", () => {
  it("undoes what its own run has left, and nothing else", async () => {
    await journalled("a-run-0");
    await journalled("a-run-10-0", { fault: "crash" });
    await journalled("another-run-0", { fault: "crash" });
    await undoHostFaultsOf("a-run", { journalFolder: folder, host: host() });
    expect(done).toEqual(["thaw"]);
  });

  it("waits until the run is gone, whose pipe was closed a moment before", async () => {
    const { owner, end } = await somebody();
    await journalled("a-run-0", { owner });
    // Another run's life is none of its business.
    await journalled("another-run-0", { owner: (await somebody()).owner });
    const undoing = undoHostFaultsOf("a-run", { journalFolder: folder, host: host() });
    // Time enough to give up, for one that does not wait.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(done).toEqual([]);
    await end();
    await undoing;
    expect(done).toEqual(["thaw"]);
  });
});
