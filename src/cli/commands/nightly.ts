/** `loadgen nightly`: a suite's runs, one after another, against thresholds and the nights before. */
import { join, resolve } from "node:path";
import type { Finding, ExitCode } from "../../core/verdict.ts";
import { type JunitSuite, junitSuite, junitXml } from "../../report/junit.ts";
import { nightSuite } from "../../report/night-junit.ts";
import { nightMarkdown } from "../../report/night-markdown.ts";
import { type NightPlan, nightPlanText, nightText } from "../../report/night-text.ts";
import { type History, appendNight, openHistory, readHistory } from "../../nightly/history.ts";
import { holdRuns, type Made, makeRuns } from "../../nightly/night.ts";
import type { Night, NightLine } from "../../nightly/result.ts";
import { judgeNight } from "../../nightly/verdict.ts";
import { RunFolder } from "../../run/store.ts";
import { packageVersion } from "../../server/package-root.ts";
import { interruption } from "../interruption.ts";
import { hasColours, type Output } from "../listeners.ts";
import { nightsBefore } from "../night-before.ts";
import { nightRun } from "../night-run.ts";
import { type NightAsked, nightFrom } from "../nightly-options.ts";
import { pageOf } from "../pages.ts";
import { defaultFolder } from "../perform.ts";
import { UsageError } from "../problems.ts";
import { noteOnStderr, type SideOutput, writeSideOutputs } from "../side-outputs.ts";
import type { SuiteEntry } from "../suite-file.ts";
import { namedAddress, type Target, target } from "../target.ts";
import { shownPath } from "../shown-path.ts";

/** `words`: what stands on the command line beside known options. */
export async function nightlyCommand(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const asked = await nightFrom(words, given);
  const { suite, options } = asked;
  const history = await historyOf(asked);
  const progress = options.json ? process.stderr : process.stdout;
  const path = resolve(options.out ?? defaultFolder(suite.name));
  const folder = await RunFolder.create(path);
  const shown = { folder: shownPath(path), colours: hasColours(progress) };
  const stop = interruption();
  let night: Night | null = null;
  try {
    const server = () => target(namedAddress(options.url), stop.signal);
    const plan = planOf(asked, history, (await server()).description);
    progress.write(`${nightPlanText(plan, shown)}\n`);
    const around = { folder, server, progress, interrupted: stop.signal, quiet: options.quiet };
    night = await performNight(asked, history, around);
  } finally {
    stop.release();
    if (night === null && (await folder.abandon())) {
      process.stderr.write(`loadgen: what was measured until then is in ${shown.folder}\n`);
    }
  }
  if (options.json) process.stdout.write(`${JSON.stringify(night, null, 2)}\n`);
  else process.stdout.write(`\n${nightText(night, shown)}\n`);
  return night.verdict.exitCode;
}

/** Before anything is run: a history that cannot be read is no empty one, and a night that cannot be kept is known at once. */
async function historyOf({ suite, options: { history } }: NightAsked): Promise<History> {
  const trying = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const why = (error as { code?: string }).code ?? (error as Error).message;
      throw new UsageError([
        `--history: cannot ${what} ${history} (${why}): expected a file that can be read and written, or none yet`,
      ]);
    }
  };
  const read = await trying("read", () => readHistory(history, suite.name));
  await trying("write", () => openHistory(history));
  return read;
}

function planOf({ suite, options }: NightAsked, history: History, server: string): NightPlan {
  const lengths = suite.entries.map(({ plan }) =>
    plan.durationMs === null ? null : plan.warmupMs + plan.durationMs,
  );
  const isPlanned = lengths.every((ms) => ms !== null);
  return {
    ...told({ suite, options }, history),
    server,
    runs: suite.entries.length,
    plannedMs: isPlanned ? lengths.reduce((sum, ms) => sum + ms, 0) : null,
  };
}

function told(
  { suite, options }: NightAsked,
  { nights, unreadable }: History,
): Pick<Night, "suite" | "history"> {
  return {
    suite: { name: suite.name, file: suite.file },
    history: { file: options.history, nights: nights.length, unreadable },
  };
}

interface Around {
  readonly folder: RunFolder;
  readonly server: () => Promise<Target>;
  readonly progress: Output;
  readonly interrupted: AbortSignal;
  readonly quiet: boolean;
}

async function performNight(asked: NightAsked, history: History, around: Around): Promise<Night> {
  const { folder, progress, interrupted } = around;
  const { entries } = asked.suite;
  const begin = new Date();
  const made = await makeRuns<SuiteEntry>({
    entries,
    interrupted,
    perform: (entry, name) => nightRun(entry, { ...around, name }),
    onMade: (one) => progress.write(`  ${madeText(one)}\n`),
  });
  // Nothing was measured: it is as if it had never begun.
  if (made.length === 0) interrupted.throwIfAborted();
  const at = begin.toISOString();
  const path = (name: string) => join(folder.path, name);
  const notes = new Set<string>();
  const note = (text: string) => void notes.add(text);
  const held = await holdRuns(entries, made, nightsBefore({ at, history, path, note }));
  const signal = interrupted.aborted ? (interrupted.reason as "SIGINT" | "SIGTERM") : null;
  const parts = { schema: "loadgen.night/1" as const, loadgen: packageVersion(), at };
  const night: Night = {
    ...parts,
    ...told(asked, history),
    lengthMs: Date.now() - begin.getTime(),
    commit: process.env.GITHUB_SHA ?? null,
    verdict: judgeNight({
      runs: held.runs,
      signal,
      troubles: [...troublesOf(made), ...held.losses],
    }),
    runs: held.runs,
    notes: [],
  };
  for (const text of await remembered(night, held.lines, asked.options.history)) note(text);
  const noted = { ...night, notes: [...notes] };
  await store(folder, noted, made);
  return noted;
}

function madeText({ entry, outcome }: Made<SuiteEntry>): string {
  if ("trouble" in outcome) return `${entry.name}: not made: ${outcome.trouble.reason}`;
  const { status, exitCode, reasons } = outcome.result.verdict;
  return `${entry.name}: ${status} (${exitCode}): ${reasons[0] ?? ""}`;
}

function troublesOf(made: readonly Made<SuiteEntry>[]): readonly Finding[] {
  return made.flatMap(({ entry, outcome }) =>
    "trouble" in outcome
      ? [{ ...outcome.trouble, reason: `${entry.name}: ${outcome.trouble.reason}` }]
      : [],
  );
}

/** Resolves with what to note: that this night is missing in its history takes nothing from it. */
async function remembered(
  { at, suite, loadgen, commit, verdict }: Night,
  runs: NightLine["runs"],
  file: string,
): Promise<readonly string[]> {
  const line: NightLine = {
    schema: "loadgen.night-line/1",
    at,
    suite: suite.name,
    loadgen,
    commit,
    exitCode: verdict.exitCode,
    runs,
  };
  try {
    await appendNight(file, line);
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [`this night could not be added to its history: ${why}`];
  }
}

async function store(
  folder: RunFolder,
  night: Night,
  made: readonly Made<SuiteEntry>[],
): Promise<void> {
  await folder.writeResult("nightly.json", night);
  const summary = async () => folder.write("summary.md", nightMarkdown(night));
  const suites = async () =>
    folder.write("junit.xml", junitXml([nightSuite(night), ...suitesOf(folder, made)]));
  const outputs: readonly SideOutput[] = [
    ["summary.md", summary],
    ["junit.xml", suites],
  ];
  await writeSideOutputs([...outputs, pageOf(folder, "index.html")], noteOnStderr);
}

function suitesOf(folder: RunFolder, made: readonly Made<SuiteEntry>[]): readonly JunitSuite[] {
  return made.flatMap(({ entry, folder: name, outcome }) =>
    "result" in outcome
      ? [junitSuite(outcome.result, entry.name, shownPath(join(folder.path, name)))]
      : [],
  );
}
