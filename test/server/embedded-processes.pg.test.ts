/** The embedded server as several processes, and other users, meet it. */
import { execFile } from "node:child_process";
import { chown, cp, mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { bundledPackage } from "../../src/server/binaries.ts";
import { startEmbedded, statusOf, stopEmbedded } from "../../src/server/embedded.ts";
import { isRoot } from "../../src/server/operating-user.ts";
import { removeHome, temporaryHome } from "../helpers/home.ts";

/** The numbers of Debian's user `nobody`; any that are not root's would do. */
const nobody = { uid: 65_534, gid: 65_534 };

let folder: string;
let packageFolder: string;

// Copies that any user can read, wherever the checkout is.
beforeAll(async () => {
  folder = await temporaryHome();
  packageFolder = join(folder, "package");
  await cp(bundledPackage(), packageFolder, { recursive: true, verbatimSymlinks: true });
  await build({
    entryPoints: [join(import.meta.dirname, "starter.ts")],
    outfile: join(folder, "starter.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["pg-native"],
    // The driver is CommonJS, and asks for Node's own modules with require().
    banner: {
      js: 'import { createRequire as forDriver } from "node:module"; const require = forDriver("/");',
    },
  });
});

afterAll(() => rm(folder, { recursive: true }));

interface Started {
  readonly pid: number;
  readonly startedNow: boolean;
  readonly error?: string;
}

async function startElsewhere(home: string, user: typeof nobody | null): Promise<Started> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(folder, "starter.mjs"), home, packageFolder],
    { cwd: "/", ...user },
  );
  return JSON.parse(stdout) as Started;
}

async function newHome(): Promise<string> {
  const home = await temporaryHome();
  onTestFinished(() => removeHome(home));
  return home;
}

it("outlives the process that started it", async () => {
  const home = await newHome();
  const { pid } = await startElsewhere(home, null);
  expect(await statusOf(home)).toMatchObject({ pid });
});

it("is started once by two processes that want it at the same time", async () => {
  const home = await newHome();
  const [one, other] = await Promise.all([startElsewhere(home, null), startElsewhere(home, null)]);
  expect(one.pid).toBe(other.pid);
  expect([one.startedNow, other.startedNow].sort()).toEqual([false, true]);
});

it.runIf(isRoot())("belongs to the ordinary user who starts it", async () => {
  const home = await newHome();
  await chown(home, nobody.uid, nobody.gid);
  const started = await startElsewhere(home, nobody);
  expect(started).toMatchObject({ startedNow: true });
  for (const file of ["data", "password", "server.log"]) {
    expect((await stat(join(home, file))).uid).toBe(nobody.uid);
  }

  // Root, who comes later, runs it as the same user.
  expect(await startEmbedded(home, packageFolder)).toMatchObject({ pid: started.pid });
  await stopEmbedded(home);
  await startEmbedded(home, packageFolder);
  expect((await stat(join(home, "data", "postmaster.pid"))).uid).toBe(nobody.uid);
});

it.runIf(isRoot())("tells an ordinary user which folder is closed to him", async () => {
  const home = await newHome();
  expect(await startElsewhere(join(home, "below"), nobody)).toEqual({
    error: expect.stringMatching(`cannot use ${home}/below.*EACCES.*Set LOADGEN_HOME`) as string,
  });
  await mkdir(join(home, "closed"), { mode: 0o700 });
  expect(await startElsewhere(join(home, "closed"), nobody)).toEqual({
    error: expect.stringMatching(`cannot use ${home}/closed.*EACCES.*Set LOADGEN_HOME`) as string,
  });
});
