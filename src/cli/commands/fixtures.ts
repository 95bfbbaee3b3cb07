/** `loadgen fixtures`: the deterministic data, as CSV or loaded into the server as a template. */
import { systems } from "../../../fixtures/index.ts";
import { problemsOf } from "../../core/parsed.ts";
import type { System } from "../../core/system.ts";
import { listLoadgenDatabases } from "../../server/database-mark.ts";
import { bundledFixture, notesOnFixture } from "../../server/fixture.ts";
import { exportCsv } from "../../server/fixture-csv.ts";
import { loadedFixture } from "../../server/fixture-database.ts";
import { interruption } from "../interruption.ts";
import { printingListener } from "../listeners.ts";
import { systemData } from "../plan-data.ts";
import { failOn, UsageError } from "../problems.ts";
import { parseRunOptions } from "../run-options.ts";
import { namedAddress, target } from "../target.ts";
import { withRunLock } from "../with-run-lock.ts";

type Given = Readonly<Record<string, unknown>>;

/** Writes a system's data as CSV files into a folder. */
export async function fixturesExport(given: Given): Promise<string> {
  const { system, parameters } = requested(given);
  const problems = [
    ...(given.format === "csv" ? [] : [`--format: expected csv, got "${String(given.format)}"`]),
    ...(typeof given.out === "string" ? [] : ["--out: expected a folder to write to"]),
  ];
  failOn(problems);
  const files = await exportCsv(system, parameters, String(given.out));
  return files.map((file) => `wrote ${file}`).join("\n");
}

/** Loads a fixture if it is not there yet; runs clone it. */
export async function fixturesLoad(given: Given): Promise<string> {
  const { system, parameters, variant } = requested(given);
  const server = await target(namedAddress(given.url as string | undefined));
  const listener = printingListener(process.stdout, false);
  const fixture = bundledFixture(system, variant, parameters);
  for (const note of notesOnFixture(fixture)) listener.note(note);
  const name = await withRunLock(server, async () => {
    const stop = interruption("what was loaded is kept: the same with --resume goes on from there");
    try {
      return await loadedFixture(server.address, fixture, {
        progress: (what, done, total) => listener.progress(what, done, total),
        note: (text) => listener.note(text),
        signal: stop.signal,
        resumes: given.resume === true,
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
  const lines = databases.flatMap(({ name, mark }) => {
    if (mark?.kind !== "fixture") return [];
    const { system, variant, parameters } = mark.content;
    const sizes = Object.entries(parameters).map(([key, value]) => `${key} ${value}`);
    return [`${name}  system ${system}, variant ${variant}, ${sizes.join(", ")}`];
  });
  return lines.join("\n") || "no fixture is loaded";
}

function requested(given: Given) {
  const { options, problems } = parseRunOptions(given);
  const system = systemNamed(given.system);
  const data = systemData(system, { options, repeated: null });
  failOn([...problems, ...problemsOf(data)]);
  if (!data.ok) throw new UsageError(data.problems);
  return { system, variant: data.value.variant, parameters: data.value.fixture };
}

function systemNamed(name: unknown): System {
  const system = systems.find((one) => one.name === name);
  if (system !== undefined) return system;
  const known = systems.map((one) => one.name).join(", ");
  throw new UsageError([`--system: expected one of ${known}, got "${String(name)}"`]);
}
