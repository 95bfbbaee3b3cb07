/** A run's folder: what is written as the run goes, and what is written at its end. */
import { createWriteStream, type WriteStream } from "node:fs";
import { access, constants, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";

export class RunFolder {
  readonly path: string;
  readonly #created: string | undefined;
  readonly #streams: WriteStream[] = [];

  private constructor(path: string, created: string | undefined) {
    this.path = path;
    this.#created = created;
  }

  /** Creates the folder; throws the file system's error, or one that says that it is not empty. */
  static async create(path: string): Promise<RunFolder> {
    const created = await mkdir(path, { recursive: true });
    if ((await readdir(path)).length > 0) throw new Error(`${path} is not empty`);
    await access(path, constants.W_OK);
    return new RunFolder(path, created);
  }

  async writeJson(name: string, value: unknown): Promise<void> {
    await this.write(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.path, name), text);
  }

  /** Lines that are appended as the run goes; `close` says whether all of them reached the disk. */
  lines(name: string): (line: string) => void {
    const stream = createWriteStream(join(this.path, name));
    // Without a listener an error would end the process; close() reports it.
    stream.on("error", () => undefined);
    this.#streams.push(stream);
    return (line) => stream.write(`${line}\n`);
  }

  /** Rejects if anything could not be written (a full disk). */
  async close(): Promise<void> {
    const streams = this.#streams.splice(0);
    await Promise.all(
      streams.map(async (stream) => {
        if (stream.errored !== null) throw stream.errored;
        stream.end();
        await finished(stream);
      }),
    );
  }

  /** For a run that never began: nothing half-done stays behind. */
  async discard(): Promise<void> {
    for (const stream of this.#streams.splice(0)) stream.destroy();
    await rm(this.#created ?? this.path, { recursive: true, force: true });
  }
}
