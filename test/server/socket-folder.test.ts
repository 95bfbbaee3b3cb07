import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { prepareSocketFolder, socketFolderFor } from "../../src/server/socket-folder.ts";
import { removeHome, temporaryHome } from "../helpers/home.ts";

it("lies in the home folder where the socket's path stays short", () => {
  expect(socketFolderFor("/var/lib/loadgen", "/tmp")).toBe("/var/lib/loadgen/run");
});

it("moves to the temporary folder where it would not, under a name of its own for each home", () => {
  const long = `/${"long/".repeat(20)}`;
  expect(socketFolderFor(long, "/tmp")).toMatch(/^\/tmp\/loadgen-[0-9a-f]{12}$/);
  expect(socketFolderFor(long, "/tmp")).toBe(socketFolderFor(long, "/tmp"));
  expect(socketFolderFor(long, "/tmp")).not.toBe(socketFolderFor(`${long}er`, "/tmp"));
});

it("counts bytes and not characters", () => {
  expect(socketFolderFor(`/${"ü".repeat(45)}`, "/tmp")).toMatch(/^\/tmp\/loadgen-/);
});

it("refuses what somebody put in its place", async () => {
  const home = await temporaryHome();
  onTestFinished(() => removeHome(home));
  await mkdir(join(home, "elsewhere"));
  await symlink(join(home, "elsewhere"), join(home, "run"));
  await expect(prepareSocketFolder(home, null)).rejects.toThrow(/run,.* is not a folder of the/);
});
