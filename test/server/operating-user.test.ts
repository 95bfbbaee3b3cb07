import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { checkCanEnter, isRoot, serverUser } from "../../src/server/operating-user.ts";
import { removeHome, temporaryHome } from "../helpers/home.ts";

const stranger = { uid: 54_321, gid: 54_321, name: "stranger" };

async function nested(mode: number): Promise<{ middle: string; inner: string }> {
  const home = await temporaryHome();
  onTestFinished(() => removeHome(home));
  const middle = join(home, "middle");
  const inner = join(middle, "inner");
  await mkdir(inner, { recursive: true });
  await chmod(middle, mode);
  return { middle, inner };
}

it("lets the server's user enter where everybody may", async () => {
  const { inner } = await nested(0o755);
  await expect(checkCanEnter(stranger, inner)).resolves.toBeUndefined();
});

it("names the folder that the server's user cannot enter, and the way out", async () => {
  const { middle, inner } = await nested(0o700);
  await expect(checkCanEnter(stranger, inner)).rejects.toMatchObject({
    name: "ServerError",
    message: expect.stringMatching(
      `the user stranger.*cannot enter ${middle}: set LOADGEN_HOME`,
    ) as string,
  });
});

it("goes by the group's bits for a member of the group, as the kernel does", async () => {
  const { inner } = await nested(0o705);
  const member = { ...stranger, gid: process.getgid!() };
  await expect(checkCanEnter(member, inner)).rejects.toThrow("cannot enter");
});

it("has nothing to check where the server runs as ourselves", async () => {
  const { inner } = await nested(0o700);
  await expect(checkCanEnter(null, inner)).resolves.toBeUndefined();
});

it("runs the server as ourselves, unless that is root", async () => {
  const user = await serverUser("/nowhere");
  if (isRoot()) expect(user!.uid).toBeGreaterThan(0);
  else expect(user).toBeNull();
});
