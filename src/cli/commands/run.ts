/** `loadgen run`: from the command line to a frozen plan, a run, and its exit code. */
import { resolve } from "node:path";
import type { ExitCode } from "../../core/verdict.ts";
import type { K6Tools } from "../../engine/k6/crew.ts";
import { planText, resultText } from "../../report/terminal.ts";
import type { RunListener } from "../../run/listener.ts";
import type { RunResult } from "../../run/result.ts";
import { RunFolder } from "../../run/store.ts";
import { packageVersion } from "../../server/package-root.ts";
import { RunMeters } from "../../telemetry/run-meters.ts";
import { interruption } from "../interruption.ts";
import { k6Tools } from "../k6-tools.ts";
import { hasColours, type Output, printingListener, toAll } from "../listeners.ts";
import { type Live, withLive } from "../live.ts";
import { type LiveRequest, liveRequestFrom } from "../live-options.ts";
import { defaultFolder, performMetered } from "../perform.ts";
import { namedAddress, target } from "../target.ts";
import { openTelemetry, type Telemetry } from "../telemetry.ts";
import { shownPath } from "../shown-path.ts";

/** `words`: what stands on the command line beside known options, the scenario first. */
export async function runCommand(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const request = await liveRequestFrom(words, given);
  const { plan, options } = request;
  const progress = options.json ? process.stderr : process.stdout;
  const listener = printingListener(progress, options.quiet ?? false);
  const meters = new RunMeters(plan, packageVersion());
  const { note } = listener;
  // Before anything starts: a port that is in use is wrong usage.
  const telemetry = await openTelemetry(options, { meters, note, env: process.env });
  try {
    return await performAndTell(request, { progress, listener, meters, telemetry });
  } finally {
    await telemetry.close();
  }
}

interface Told {
  readonly progress: Output;
  readonly listener: RunListener;
  readonly meters: RunMeters;
  readonly telemetry: Telemetry;
}

async function performAndTell(request: LiveRequest, told: Told): Promise<ExitCode> {
  const { plan, options, scenario, uiPort } = request;
  const { progress } = told;
  // Before there is a folder: whoever names a wrong k6, or a port in use, shall find none.
  const k6 = await k6Tools(plan, (text) => progress.write(`· ${text}\n`));
  const path = resolve(options.out ?? defaultFolder(scenario.name));
  const shown = { folder: shownPath(path), colours: hasColours(progress) };
  const where = { port: uiPort, warmupMs: plan.warmupMs, path, shown: shown.folder };
  const result = await withLive(where, (live) =>
    performed(request, { ...told, k6, path, shown, live }),
  );
  if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else process.stdout.write(`\n${resultText(result, shown)}\n`);
  return result.verdict.exitCode;
}

interface Performing extends Told {
  readonly k6: K6Tools | null;
  /** The run's folder. */
  readonly path: string;
  readonly shown: { readonly folder: string; readonly colours: boolean };
  /** Null: no page is served meanwhile. */
  readonly live: Live | null;
}

/** The run, in a folder of its own that is not left half-done. */
async function performed(request: LiveRequest, around: Performing): Promise<RunResult> {
  const { k6, path, shown, progress, meters, telemetry, live } = around;
  const { plan, options } = request;
  const folder = await RunFolder.create(path);
  const stop = interruption();
  let result: RunResult | null = null;
  try {
    const server = await target(namedAddress(options.url ?? plan.url ?? undefined), stop.signal);
    const told = { ...shown, server: server.description, k6: k6?.version ?? null };
    progress.write(`${planText(plan, { ...told, telemetry: telemetry.lines })}\n`);
    if (live !== null) {
      await live.show(plan, told);
      progress.write(`live at ${live.url}\n`);
    }
    const listener = toAll([around.listener, ...(live === null ? [] : [live.listener])]);
    const where = { folder, server, k6, interrupted: stop.signal, listener };
    result = await performMetered(request, where, meters);
    return result;
  } finally {
    stop.release();
    if (result === null && (await folder.abandon())) {
      process.stderr.write(`loadgen: what was measured until then is in ${shown.folder}\n`);
    }
  }
}
