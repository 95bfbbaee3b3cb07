/** Home folders for embedded servers of tests, which leave nothing behind. */
import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopEmbedded } from "../../src/server/embedded.ts";

/** A new, empty home folder that the server's user can enter. */
export async function temporaryHome(): Promise<string> {
  const home = await mkdtemp(join(await realpath(tmpdir()), "loadgen-test-"));
  await chmod(home, 0o755);
  return home;
}

/** Stops the server of a home folder, if it runs, and removes all of it. */
export async function removeHome(home: string): Promise<void> {
  await stopEmbedded(home);
  await rm(home, { recursive: true, force: true });
}
