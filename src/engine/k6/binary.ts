/** The k6 that drives sessions: the one that is named, or our own, built with Go when it is first needed. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** All that k6 is built from. */
export const moduleFiles = ["go.mod", "go.sum", "main.go"] as const;

/** What a k6 must have beside itself, as it lists its extensions. */
const extensions = ["k6/x/sql", "k6/x/sql/driver/postgres"];

/** There is no k6 that could be used, and what to do about it. */
export class K6Problem extends Error {
  constructor(message: string) {
    super(message);
    this.name = "K6Problem";
  }
}

export interface K6Binary {
  readonly path: string;
  /** Such as `k6 v1.8.1, xk6-sql v1.0.5`. */
  readonly version: string;
  /** Such as `lib/pq v1.12.3 by way of database/sql`. */
  readonly driver: string;
}

export interface K6Source {
  /** As the user names it; null: our own. */
  readonly named: string | null;
  /** The Go module. */
  readonly module: string;
  /** Where what was built is kept. */
  readonly cache: string;
  readonly onBuilding: () => void;
}

/** Our own, if it was built; null: it would be now. Rejects with a K6Problem if it could not be. */
export async function builtK6(
  source: Pick<K6Source, "module" | "cache">,
): Promise<K6Binary | null> {
  const path = await ownPath(source);
  if (existsSync(path)) return described(path, null, source.module);
  await requireGo();
  return null;
}

/** Rejects with a K6Problem. */
export async function k6Binary(source: K6Source): Promise<K6Binary> {
  const { named, module } = source;
  return described(named ?? (await ownBinary(source)), named, module);
}

async function described(path: string, named: string | null, module: string): Promise<K6Binary> {
  const version = await checkedVersion(path);
  const pinned = named === null ? await pinnedDriver(module) : unknown;
  return { path, version, driver: `lib/pq ${pinned} by way of database/sql` };
}

const unknown = "of unknown version";

/** A k6 does not tell which driver is in it; ours has the one that its module pins. */
async function pinnedDriver(module: string): Promise<string> {
  const pins = await readFile(join(module, "go.mod"), "utf8");
  return /^\s*github\.com\/lib\/pq (v\S+)/m.exec(pins)?.[1] ?? unknown;
}

async function ownBinary({ module, cache, onBuilding }: K6Source): Promise<string> {
  const path = await ownPath({ module, cache });
  if (existsSync(path)) return path;
  await requireGo();
  onBuilding();
  await mkdir(cache, { recursive: true });
  await removeLeftOver(cache);
  // Built aside: of two at once the last one wins, and one that is killed leaves nothing that looks whole.
  const building = await mkdtemp(join(cache, `${buildingPrefix}${process.pid}-`));
  try {
    await run("go", ["build", ...buildFlags, "-o", join(building, "k6"), "."], {
      cwd: module,
      env: { ...process.env, CGO_ENABLED: "0" },
      maxBuffer: 16 * 1024 * 1024,
    });
    await mkdir(dirname(path), { recursive: true });
    await rename(join(building, "k6"), path);
    return path;
  } catch (error) {
    const { stderr } = error as { readonly stderr?: string };
    throw new K6Problem(
      `k6 could not be built with Go in ${module}:\n${(stderr ?? String(error)).trim()}`,
    );
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** Without what git knows of the folder: Go fails where git refuses to say, as in somebody else's checkout. */
const buildFlags = ["-trimpath", "-ldflags=-s -w", "-buildvcs=false"];
const buildingPrefix = "building-";

/** What a build left behind that was killed: its folder names the process, which is gone. */
async function removeLeftOver(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const [, pid] = new RegExp(`^${buildingPrefix}(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) {
      await rm(join(cache, name), { recursive: true, force: true });
    }
  }
}

/** One of somebody else's is alive, too (EPERM). */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

async function requireGo(): Promise<void> {
  try {
    await run("go", ["version"]);
  } catch {
    throw new K6Problem(
      "--engine k6 needs k6 with the extension xk6-sql, which is built with Go: install Go 1.25 or newer " +
        "(https://go.dev/dl, or the package golang), or give --k6 PATH to a k6 that has xk6-sql and xk6-sql-driver-postgres",
    );
  }
}

async function ownPath({ module, cache }: Pick<K6Source, "module" | "cache">): Promise<string> {
  return join(cache, await keyOf(module), "k6");
}

/** One binary for each content of the module. */
async function keyOf(module: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of moduleFiles) hash.update(await readFile(join(module, name)));
  return hash.digest("hex").slice(0, 16);
}

async function checkedVersion(path: string): Promise<string> {
  let text: string;
  try {
    ({ stdout: text } = await run(path, ["version"]));
  } catch (error) {
    const { code } = error as { readonly code?: string | number };
    throw new K6Problem(
      `${path} is no k6 that can be run (${code ?? String(error)}): expected k6 with xk6-sql`,
    );
  }
  const missing = extensions.filter((name) => !text.split(/[\s,]+/).includes(name));
  if (missing.length > 0) {
    throw new K6Problem(
      `${path} has no ${missing.join(" and no ")}: expected a k6 that was built with xk6-sql and its PostgreSQL driver`,
    );
  }
  const k6 = /\bv[\d.]+\S*/.exec(text)?.[0] ?? unknown;
  const sql = /xk6-sql (v[\d.]+)/.exec(text)?.[1];
  return `k6 ${k6}${sql === undefined ? "" : `, xk6-sql ${sql}`}`;
}
