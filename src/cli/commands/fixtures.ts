/** `loadgen fixtures`: the deterministic data, as CSV or loaded into the server as a template. */
import { listLoadgenDatabases } from "../../server/database-mark.ts";
import { notesOnFixture } from "../../server/fixture/fixture.ts";
import { exportCsv } from "../../server/fixture-csv.ts";
import { loadedFixture } from "../../server/fixture/fixture-database.ts";
import { interruption } from "../interruption.ts";
import { rowSourceFrom } from "../load-options.ts";
import { type Given, loadedFixtures, requestedFixture, systemNamed } from "../fixture-request.ts";
import { printingListener } from "../listeners.ts";
import { failOn, UsageError } from "../problems.ts";
import { namedAddress, target } from "../target.ts";
import { withRunLock } from "../with-run-lock.ts";

/** Writes a system's data as CSV files into a folder. */
export async function fixturesExport(given: Given): Promise<string> {
  const { system, parameters } = await requestedFixture(given);
  const problems = [
    ...(given.format === "csv" ? [] : [`--format: expected csv, got "${String(given.format)}"`]),
    ...(typeof given.out === "string" ? [] : ["--out: expected a folder to write to"]),
  ];
  failOn(problems);
  const out = String(given.out);
  const files = await exportCsv(system, parameters, out).catch((error: unknown) => {
    // What the file system refuses (a full disk, a file in the way) has a system call with it.
    const { message, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new UsageError([`--out: cannot write to ${out}: ${message}`]);
  });
  return files.map((file) => `wrote ${file}`).join("\n");
}

/** Loads a fixture if it is not there yet; runs clone it. */
export async function fixturesLoad(given: Given): Promise<string> {
  const source = rowSourceFrom(given, systemNamed(given.system));
  const fixture = await requestedFixture(given);
  const server = await target(namedAddress(given.url as string | undefined));
  const listener = printingListener(process.stdout, false);
  for (const note of notesOnFixture(fixture)) listener.note(note);
  // Of a file that is wrong, or not there any more, nothing is to stay.
  const resumes = fixture.files === null ? given.resume === true : null;
  const name = await withRunLock(server, async () => {
    const stop = interruption(
      resumes === null
        ? "what was loaded is being dropped"
        : "what was loaded is kept: the same with --resume goes on from there",
    );
    try {
      return await loadedFixture(server.address, fixture, {
        source,
        progress: (what, done, total) => listener.progress(what, done, total),
        note: (text) => listener.note(text),
        signal: stop.signal,
        resumes,
      });
    } finally {
      stop.release();
    }
  });
  return `loaded: ${name}`;
}

/** The fixtures that are loaded on the server. */
export async function fixturesList(given: Given): Promise<string> {
  const { address } = await target(namedAddress(given.url as string | undefined));
  const databases = await listLoadgenDatabases(address);
  return loadedFixtures(databases).join("\n");
}
