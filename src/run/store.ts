/** A run's folder: what is written as the run goes, and what is written at its end. */
import { createWriteStream, type WriteStream } from "node:fs";
import { access, constants, mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { finished } from "node:stream/promises";

/** The folder cannot be written to, or not any more (a full disk). */
export class StoreError extends Error {
  constructor(path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`expected a new or empty folder that can be written: ${path}: ${why}`, { cause });
    this.name = "StoreError";
  }
}

export class RunFolder {
  readonly path: string;
  readonly #created: string | undefined;
  readonly #streams: WriteStream[] = [];
  #measured = false;

  private constructor(path: string, created: string | undefined) {
    this.path = path;
    this.#created = created;
  }

  /** Creates the folder. Throws a StoreError, also where there is something in it. */
  static async create(path: string): Promise<RunFolder> {
    return storing(path, async () => {
      const created = await mkdir(path, { recursive: true });
      if ((await readdir(path)).length > 0) throw new Error("it is not empty");
      await access(path, constants.W_OK);
      return new RunFolder(path, created);
    });
  }

  /** From now on there is something in it that must not be lost. */
  markMeasured(): void {
    this.#measured = true;
  }

  /** What it is all about: from then on nothing deletes it. */
  async writeResult(name: string, value: unknown): Promise<void> {
    await this.writeJson(name, value);
    this.markMeasured();
  }

  async writeJson(name: string, value: unknown): Promise<void> {
    await this.write(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  /** Whoever reads it meanwhile, or after a crash, finds it whole or not at all. */
  async write(name: string, text: string): Promise<void> {
    await storing(this.path, () => writeWhole(join(this.path, name), text));
  }

  /** Lines that are appended as the run goes; `close` says whether all of them reached the disk. */
  lines(name: string): (line: string) => void {
    const stream = createWriteStream(join(this.path, name));
    // Without a listener an error would end the process; close() reports it.
    stream.on("error", () => undefined);
    this.#streams.push(stream);
    return (line) => stream.write(`${line}\n`);
  }

  /** Throws a StoreError if any of the lines could not be written. */
  async close(): Promise<void> {
    await storing(this.path, () => Promise.all(this.#streams.splice(0).map(ended)));
  }

  /**
   * For a run that failed. If it never began, nothing half-done stays behind, and what was there
   * before stays. What was measured stays, too: then this is true.
   */
  async abandon(): Promise<boolean> {
    if (this.#measured) {
      // Whatever did reach the disk is worth keeping; the run's own failure is the one to tell.
      await Promise.allSettled(this.#streams.splice(0).map(ended));
    } else {
      await this.#discard();
    }
    return this.#measured;
  }

  async #discard(): Promise<void> {
    await Promise.all(this.#streams.splice(0).map(destroyed));
    for (const name of await readdir(this.path)) {
      // It was empty, so whatever is in it is of this run, folders as well.
      await rm(join(this.path, name), { recursive: true });
    }
    const created = this.#created;
    if (created === undefined) return;
    for (let folder = this.path; folder.startsWith(created); folder = dirname(folder)) {
      if (!(await removedIfEmpty(folder))) return;
    }
  }
}

/** Rejects as Node does; then the file is as it was before, and nothing half-done is beside it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.part`;
  try {
    await writeFile(part, text);
    await rename(part, path);
  } catch (error) {
    // Why it failed is what to tell, not that it cannot be cleaned up.
    await rm(part, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function storing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StoreError(path, error);
  }
}

async function ended(stream: WriteStream): Promise<void> {
  if (stream.errored !== null) throw stream.errored;
  stream.end();
  await finished(stream);
}

/** Only once its file is closed: one that is still being opened would appear after the clean-up. */
async function destroyed(stream: WriteStream): Promise<void> {
  stream.destroy();
  // What it could not write, nobody wants any more.
  await finished(stream).catch(() => undefined);
}

/** False where another run has put its own folder meanwhile. */
async function removedIfEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "ENOTEMPTY") return false;
    throw error;
  }
}
