/** `loadgen run`: from the command line to a frozen plan, a run, and its exit code. */
import { packageVersion } from "../../server/package-root.ts";
import { relative, resolve } from "node:path";
import type { ExitCode } from "../../core/verdict.ts";
import { planText, resultText } from "../../report/terminal.ts";
import type { RunListener } from "../../run/listener.ts";
import type { RunResult } from "../../run/result.ts";
import { RunFolder } from "../../run/store.ts";
import { RunMeters } from "../../telemetry/run-meters.ts";
import { interruption } from "../interruption.ts";
import { k6Tools } from "../k6-tools.ts";
import { hasColours, type Output, printingListener } from "../listeners.ts";
import { defaultFolder, performMetered } from "../perform.ts";
import { type Request, requestFrom } from "../run-request.ts";
import { namedAddress, target } from "../target.ts";
import { openTelemetry, type Telemetry } from "../telemetry.ts";

/** `words`: what stands on the command line beside known options, the scenario first. */
export async function runCommand(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const request = await requestFrom(words, given);
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

async function performAndTell(
  request: Request,
  { progress, listener, meters, telemetry }: Told,
): Promise<ExitCode> {
  const { plan, options, scenario } = request;
  // Before there is a folder: whoever names a wrong k6 shall find none.
  const k6 = await k6Tools(plan, (text) => progress.write(`· ${text}\n`));
  const path = resolve(options.out ?? defaultFolder(scenario.name));
  const folder = await RunFolder.create(path);
  const shown = { folder: relative(process.cwd(), path) || ".", colours: hasColours(progress) };
  const stop = interruption();
  let result: RunResult | null = null;
  try {
    const server = await target(namedAddress(options.url ?? plan.url ?? undefined), stop.signal);
    const told = {
      server: server.description,
      k6: k6?.version ?? null,
      telemetry: telemetry.lines,
    };
    progress.write(`${planText(plan, { ...shown, ...told })}\n`);
    const around = { folder, server, k6, interrupted: stop.signal, listener };
    result = await performMetered(request, around, meters);
  } finally {
    stop.release();
    if (result === null && (await folder.abandon())) {
      process.stderr.write(`loadgen: what was measured until then is in ${shown.folder}\n`);
    }
  }
  if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else process.stdout.write(`\n${resultText(result, shown)}\n`);
  return result.verdict.exitCode;
}
