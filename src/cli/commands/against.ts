/** `loadgen run --against`: two sides in turns, and whether the candidate is the same, faster or slower. */
import { join, resolve } from "node:path";
import { interleaved } from "../../compare/interleaved.ts";
import { rememberedFigures } from "../../compare/remembered.ts";
import type { Comparison } from "../../compare/result.ts";
import { jobsOf, type SideName } from "../../compare/rounds.ts";
import { type ExitCode, exitCodes } from "../../core/verdict.ts";
import { connectionCount } from "../../engine/connection-count.ts";
import type { K6Tools } from "../../engine/k6/crew.ts";
import { pgbouncerProgram } from "../../faults/pgbouncer.ts";
import { againstLiveLine, againstPlanText } from "../../report/against-text.ts";
import { compareText } from "../../report/compare-text.ts";
import { checkServer } from "../../run/checks.ts";
import { RunFolder } from "../../run/store.ts";
import { isInvalidByChance } from "../../sweep/campaign.ts";
import { storeComparison } from "../comparison-folder.ts";
import { againstFrom, type AgainstAsked, type AskedSide } from "../against-options.ts";
import { interruption } from "../interruption.ts";
import { k6Tools } from "../k6-tools.ts";
import { hasColours, type Output, printingListener } from "../listeners.ts";
import { defaultFolder } from "../perform.ts";
import { armed } from "../run-request.ts";
import { ofEachRun, performInSeries, runMsOf } from "../series.ts";
import { namedAddress, noiseFolder, type Target, target } from "../target.ts";
import { shownPath } from "../shown-path.ts";

/** `words`: what stands on the command line beside known options, the scenario first. */
export async function againstCommand(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const asked = await againstFrom(words, given);
  const { options, plan, scenario } = asked.candidate;
  const progress = options.json ? process.stderr : process.stdout;
  const k6 = await k6Tools(plan, (text) => progress.write(`· ${text}\n`));
  const path = resolve(options.out ?? defaultFolder(`${scenario.name}-against`));
  const folder = await RunFolder.create(path);
  const shown = { folder: shownPath(path), colours: hasColours(progress) };
  const stop = interruption();
  let comparison: Comparison | null = null;
  try {
    const servers = {
      candidate: await serverOf(asked.candidate, stop.signal),
      baseline: await serverOf(asked.baseline, stop.signal),
    };
    const runs = jobsOf(roundsOf(asked)).length;
    const told = { ...shown, server: servers.candidate.description, k6: k6?.version ?? null };
    const text = againstPlanText(roundsOf(asked), { ...told, runs, runMs: runMsOf(plan) });
    progress.write(`${text}\n`);
    comparison = await performRounds(asked, {
      folder,
      servers,
      k6,
      progress,
      interrupted: stop.signal,
    });
    if (comparison !== null) await storeComparison(folder, comparison);
  } finally {
    stop.release();
    if (comparison === null && (await folder.abandon())) {
      process.stderr.write(`loadgen: what was measured until then is in ${shown.folder}\n`);
    }
  }
  if (comparison === null) return stoppedEarly(stop.signal);
  if (options.json) process.stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
  else process.stdout.write(`\n${compareText(comparison, shown)}\n`);
  return comparison.judgement.exitCode;
}

function roundsOf({ rounds, baseline, candidate }: AgainstAsked) {
  return { rounds, sides: { baseline, candidate } };
}

/** Started, and asked whether it has room for the sessions. */
async function serverOf({ plan, options }: AskedSide, signal: AbortSignal): Promise<Target> {
  const server = await target(namedAddress(options.url ?? plan.url ?? undefined), signal);
  const [pgbouncer, connections] = [pgbouncerProgram(), connectionCount(plan)];
  await checkServer({ plan, armed: armed(plan), server, pgbouncer, connections });
  return server;
}

interface Around {
  readonly folder: RunFolder;
  readonly servers: Readonly<Record<SideName, Target>>;
  readonly k6: K6Tools | null;
  readonly progress: Output;
  readonly interrupted: AbortSignal;
}

function performRounds(
  asked: AgainstAsked,
  { folder, servers, k6, progress, interrupted }: Around,
): Promise<Comparison | null> {
  const quiet = asked.candidate.options.quiet ?? false;
  const listener = ofEachRun(printingListener(progress, quiet));
  const rounds = roundsOf(asked);
  const planned = jobsOf(rounds).length;
  return interleaved({
    ...rounds,
    folder: join(folder.path, "runs"),
    interrupted,
    isInvalidByChance,
    perform: ({ side }, name) =>
      performInSeries(asked[side], {
        folder,
        name,
        server: servers[side],
        k6,
        listener,
        interrupted,
      }),
    // What was measured is compared all the same.
    remembered: (runs) =>
      rememberedFigures(noiseFolder(), runs).catch((error: unknown) => {
        listener.note(error instanceof Error ? error.message : String(error));
        return [];
      }),
    onRan: (ran, count) => {
      if (!quiet) progress.write(`  ${againstLiveLine(ran, { count, planned })}\n`);
    },
  });
}

function stoppedEarly({ reason }: AbortSignal): ExitCode {
  process.stderr.write(`loadgen: stopped by ${String(reason)} before both sides were measured\n`);
  return reason === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated;
}
