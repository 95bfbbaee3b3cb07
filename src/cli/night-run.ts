/** One run of a night, in a folder of its own: what it is refused, or fails at, does not end the night. */
import { basename } from "node:path";
import { Failure } from "../core/failure.ts";
import type { Finding } from "../core/verdict.ts";
import { K6Problem } from "../engine/k6/binary.ts";
import { WorldProblem } from "../engine/k6/shared-world.ts";
import { JournalError } from "../faults/journal.ts";
import type { Made } from "../nightly/night.ts";
import { RunRefused } from "../run/checks.ts";
import type { RunFolder } from "../run/store.ts";
import { AddressError } from "../server/address.ts";
import { ServerError } from "../server/connection.ts";
import { k6Tools } from "./k6-tools.ts";
import { type Output, printingListener } from "./listeners.ts";
import { ofEachRun, performInSeries } from "./series.ts";
import type { SuiteEntry } from "./suite-file.ts";
import type { Target } from "./target.ts";

interface Around {
  /** The night's. */
  readonly folder: RunFolder;
  /** Of the run, beside nightly.json. */
  readonly name: string;
  /** Asked before each run: one that was stopped meanwhile is started again. */
  readonly server: () => Promise<Target>;
  readonly progress: Output;
  readonly interrupted: AbortSignal;
  readonly quiet: boolean;
}

/** Rejects with the signal's name if that came first, and where something is wrong with loadgen itself. */
export async function nightRun(
  entry: SuiteEntry,
  { folder, name, server, progress, interrupted, quiet }: Around,
): Promise<Made<SuiteEntry>["outcome"]> {
  const tell = (text: string) => progress.write(`· ${text}\n`);
  tell(`${basename(name)}: ${entry.scenario.name}`);
  try {
    const k6 = await k6Tools(entry.plan, tell);
    const listener = ofEachRun(printingListener(progress, quiet));
    const around = { folder, name: basename(name), server: await server(), k6, interrupted };
    return { result: await performInSeries(entry, { ...around, listener }) };
  } catch (error) {
    const trouble = interrupted.aborted ? null : troubleOf(error);
    if (trouble === null) throw error;
    return { trouble };
  }
}

/** Null: a bug. What was not measured cannot be judged; what could not be undone is graver. */
function troubleOf(error: unknown): Finding | null {
  if (error instanceof JournalError) return { code: 94, reason: error.message };
  if (error instanceof RunRefused) return notMade(error.problems.join("; "));
  const isKnown =
    error instanceof ServerError ||
    error instanceof AddressError ||
    error instanceof K6Problem ||
    error instanceof WorldProblem;
  if (isKnown) return notMade(error.message);
  if (error instanceof Failure) {
    return notMade(`the scenario cannot start: ${error.message} (${error.code})`);
  }
  return null;
}

function notMade(why: string): Finding {
  return { code: 97, reason: `the run could not be made: ${why}` };
}
