/** What all commands share that measure several sides in rounds: `run` with --against or --variants. */
import { join, resolve } from "node:path";
import type { SideJob } from "../compare/rounds.ts";
import { type ExitCode, exitCodes } from "../core/verdict.ts";
import { connectionCount } from "../engine/connection-count.ts";
import type { K6Tools } from "../engine/k6/crew.ts";
import { pgbouncerProgram } from "../faults/pgbouncer.ts";
import { roundsLiveLine, roundsPlanText } from "../report/rounds-text.ts";
import { checkServer } from "../run/checks.ts";
import type { RunListener } from "../run/listener.ts";
import type { SeriesRequest } from "../run/series.ts";
import { RunFolder } from "../run/store.ts";
import { isInvalidByChance } from "../sweep/campaign.ts";
import { interruption } from "./interruption.ts";
import { k6Tools } from "./k6-tools.ts";
import { hasColours, type Output, printingListener } from "./listeners.ts";
import { defaultFolder } from "./perform.ts";
import { armed, type Request } from "./run-request.ts";
import { ofEachRun, performInSeries, runMsOf } from "./series.ts";
import { shownPath } from "./shown-path.ts";
import { namedAddress, type Target, target } from "./target.ts";

/** What is printed and stored at the end, whatever was measured. */
interface InRounds<Side extends string, Result> {
  /** Whose options and plan speak for all. */
  readonly leading: NoInfer<Side>;
  readonly sides: Readonly<Record<Side, Request>>;
  /** What runs once in each round, and who is compared with whom. */
  readonly told: Parameters<typeof roundsPlanText>[1];
  /** Null: it was stopped before there was anything to compare. */
  readonly measure: (around: Around<Side>) => Promise<Result | null>;
  readonly store: (folder: RunFolder, result: Result) => Promise<void>;
  readonly text: (result: Result, shown: Shown) => string;
  readonly exitCodeOf: (result: Result) => ExitCode;
  /** Such as "both sides were measured". */
  readonly expected: string;
}

interface Shown {
  /** As a command line names it. */
  readonly folder: string;
  readonly colours: boolean;
}

interface Around<Side extends string> extends SeriesRequest<SideJob<Side>> {
  /** Where the runs' folders are; absolute. */
  readonly folder: string;
  readonly note: RunListener["note"];
}

export async function inRounds<Side extends string, Result>(
  command: InRounds<Side, Result>,
): Promise<ExitCode> {
  const { options, plan, scenario } = command.sides[command.leading];
  const progress = options.json ? process.stderr : process.stdout;
  const k6 = await k6Tools(plan, (text) => progress.write(`· ${text}\n`));
  const suffix = command.told.option.slice(2);
  const path = resolve(options.out ?? defaultFolder(`${scenario.name}-${suffix}`));
  const folder = await RunFolder.create(path);
  const shown = { folder: shownPath(path), colours: hasColours(progress) };
  const stop = interruption();
  let result: Result | null = null;
  try {
    const servers = await serversOf(command.sides, stop.signal);
    const runs = command.told.rounds * Object.keys(command.sides).length;
    const server = servers[command.leading].description;
    const told = { ...shown, server, k6: k6?.version ?? null, runs, runMs: runMsOf(plan) };
    progress.write(`${roundsPlanText(plan, command.told, told)}\n`);
    const quiet = options.quiet ?? false;
    const where = { folder, servers, k6, progress, quiet, planned: runs };
    result = await command.measure(aroundRuns(command.sides, where, stop.signal));
    if (result !== null) await command.store(folder, result);
  } finally {
    stop.release();
    if (result === null && (await folder.abandon())) {
      process.stderr.write(`loadgen: what was measured until then is in ${shown.folder}\n`);
    }
  }
  if (result === null) return stoppedEarly(stop.signal, command.expected);
  if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else process.stdout.write(`\n${command.text(result, shown)}\n`);
  return command.exitCodeOf(result);
}

/** One after the other: the embedded one is started once. */
async function serversOf<Side extends string>(
  sides: Readonly<Record<Side, Request>>,
  signal: AbortSignal,
): Promise<Readonly<Record<Side, Target>>> {
  const servers: [string, Target][] = [];
  for (const [side, request] of Object.entries<Request>(sides)) {
    servers.push([side, await serverOf(request, signal)]);
  }
  return Object.fromEntries(servers) as Record<Side, Target>;
}

/** Started, and asked whether it has room for the sessions. */
async function serverOf({ plan, options }: Request, signal: AbortSignal): Promise<Target> {
  const server = await target(namedAddress(options.url ?? plan.url ?? undefined), signal);
  const [pgbouncer, connections] = [pgbouncerProgram(), connectionCount(plan)];
  await checkServer({ plan, armed: armed(plan), server, pgbouncer, connections });
  return server;
}

interface Where<Side extends string> {
  readonly folder: RunFolder;
  readonly servers: Readonly<Record<Side, Target>>;
  readonly k6: K6Tools | null;
  readonly progress: Output;
  readonly quiet: boolean;
  readonly planned: number;
}

function aroundRuns<Side extends string>(
  sides: Readonly<Record<Side, Request>>,
  { folder, servers, k6, progress, quiet, planned }: Where<Side>,
  interrupted: AbortSignal,
): Around<Side> {
  const listener = ofEachRun(printingListener(progress, quiet));
  return {
    folder: join(folder.path, "runs"),
    note: listener.note,
    interrupted,
    isInvalidByChance,
    perform: ({ side }, name) =>
      performInSeries(sides[side], {
        folder,
        name,
        server: servers[side],
        k6,
        listener,
        interrupted,
      }),
    onRan: (ran, count) => {
      if (!quiet) progress.write(`  ${roundsLiveLine(ran, { count, planned })}\n`);
    },
  };
}

function stoppedEarly({ reason }: AbortSignal, expected: string): ExitCode {
  process.stderr.write(`loadgen: stopped by ${String(reason)} before ${expected}\n`);
  return reason === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated;
}
