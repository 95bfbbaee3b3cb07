/** `loadgen sweep`: the same run at several numbers of sessions; where it stops scaling, and why. */
import { resolve } from "node:path";
import type { ExitCode } from "../../core/verdict.ts";
import { sweepMarkdown } from "../../report/sweep-markdown.ts";
import {
  type SweepLength,
  sweepLiveLine,
  sweepPlanText,
  sweepText,
} from "../../report/sweep-text.ts";
import { connectionCount } from "../../engine/connection-count.ts";
import { pgbouncerProgram } from "../../faults/pgbouncer.ts";
import type { K6Tools } from "../../engine/k6/crew.ts";
import { checkServer } from "../../run/checks.ts";
import { RunFolder } from "../../run/store.ts";
import type { SweepResult } from "../../sweep/result.ts";
import { extraRunsMax, sweep } from "../../sweep/sweep.ts";
import { sweptPlan } from "../../sweep/sweep-result.ts";
import { interruption } from "../interruption.ts";
import { k6Tools } from "../k6-tools.ts";
import { hasColours, type Output, printingListener } from "../listeners.ts";
import { pageOf } from "../pages.ts";
import { defaultFolder } from "../perform.ts";
import { armed } from "../run-request.ts";
import { noteOnStderr, type SideOutput, writeSideOutputs } from "../side-outputs.ts";
import { ofEachRun, performInSeries, runMsOf } from "../series.ts";
import { type SweepAsked, sweepFrom } from "../sweep-options.ts";
import { namedAddress, type Target, target } from "../target.ts";
import { shownPath } from "../shown-path.ts";

/** `words`: what stands on the command line beside known options, the scenario first. */
export async function sweepCommand(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const asked = await sweepFrom(words, given);
  const { options, scenario } = asked;
  const progress = options.json ? process.stderr : process.stdout;
  const k6 = await k6Tools(asked.plan, (text) => progress.write(`· ${text}\n`));
  const path = resolve(options.out ?? defaultFolder(`sweep-${scenario.name}`));
  const folder = await RunFolder.create(path);
  const shown = { folder: shownPath(path), colours: hasColours(progress) };
  const stop = interruption();
  let result: SweepResult | null = null;
  try {
    const named = namedAddress(options.url ?? asked.plan.url ?? undefined);
    const server = await target(named, stop.signal);
    const text = sweepPlanText(sweptPlan(asked), {
      ...shown,
      server: server.description,
      k6: k6?.version ?? null,
      length: lengthOf(asked),
    });
    progress.write(`${text}\n`);
    // Its largest count may come last: whether there is room for that one is to be known at once.
    const { plan } = asked;
    const [pgbouncer, connections] = [pgbouncerProgram(), connectionCount(plan)];
    await checkServer({ plan, armed: armed(plan), server, pgbouncer, connections });
    result = await performSweep(asked, { folder, server, k6, progress, interrupted: stop.signal });
    await store(folder, result);
  } finally {
    stop.release();
    if (result === null && (await folder.abandon())) {
      process.stderr.write(`loadgen: what was measured until then is in ${shown.folder}\n`);
    }
  }
  if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else process.stdout.write(`\n${sweepText(result, shown)}\n`);
  return result.verdict.exitCode;
}

interface Around {
  readonly folder: RunFolder;
  readonly server: Target;
  readonly k6: K6Tools | null;
  readonly progress: Output;
  readonly interrupted: AbortSignal;
}

function performSweep(asked: SweepAsked, around: Around): Promise<SweepResult> {
  const { folder, server, k6, progress, interrupted } = around;
  const listener = ofEachRun(printingListener(progress, asked.options.quiet ?? false));
  return sweep({
    plan: asked.plan,
    counts: asked.counts,
    repeats: asked.repeats,
    fixes: asked.scenario.fixes ?? [],
    interrupted,
    perform: (plan, name) =>
      performInSeries({ ...asked, plan }, { folder, name, server, k6, listener, interrupted }),
    onPhase: (text) => progress.write(`· ${text}\n`),
    onRan: (ran, count) => {
      const planned = lengthOf(asked).runs;
      if (asked.options.quiet !== true)
        progress.write(`  ${sweepLiveLine(ran, { count, planned })}\n`);
    },
  });
}

async function store(folder: RunFolder, result: SweepResult): Promise<void> {
  await folder.writeResult("sweep.json", result);
  const summary = async () => folder.write("summary.md", sweepMarkdown(result));
  const plot = async () => {
    // Loaded only here: drawing takes a library that is larger than all the rest.
    const { sweepPlot } = await import("../../report/sweep-plot.ts");
    await folder.write("sweep.svg", await sweepPlot(result));
  };
  const outputs: readonly SideOutput[] = [
    ["summary.md", summary],
    ["sweep.svg", plot],
  ];
  await writeSideOutputs([...outputs, pageOf(folder)], noteOnStderr);
}

function lengthOf(asked: SweepAsked): SweepLength {
  return {
    runs: asked.counts.length * asked.repeats,
    extraRunsMax: extraRunsMax({ repeats: asked.repeats, fixes: asked.scenario.fixes ?? [] }),
    runMs: runMsOf(asked.plan),
  };
}
