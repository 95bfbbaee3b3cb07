/** `loadgen run`: from the command line to a frozen plan, a run, and its exit code. */
import { relative, resolve } from "node:path";
import type { ExitCode } from "../../core/verdict.ts";
import { planText, resultText } from "../../report/terminal.ts";
import type { RunResult } from "../../run/result.ts";
import { RunFolder } from "../../run/store.ts";
import { interruption } from "../interruption.ts";
import { k6Tools } from "../k6-tools.ts";
import { hasColours, printingListener } from "../listeners.ts";
import { defaultFolder, perform } from "../perform.ts";
import { requestFrom } from "../run-request.ts";
import { namedAddress, target } from "../target.ts";

/** `words`: what stands on the command line beside known options, the scenario first. */
export async function runCommand(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const request = await requestFrom(words, given);
  const { plan, options, scenario } = request;
  const progress = options.json ? process.stderr : process.stdout;
  // Before there is a folder: whoever names a wrong k6 shall find none.
  const k6 = await k6Tools(plan, (text) => progress.write(`· ${text}\n`));
  const path = resolve(options.out ?? defaultFolder(scenario.name));
  const folder = await RunFolder.create(path);
  const shown = { folder: relative(process.cwd(), path) || ".", colours: hasColours(progress) };
  const stop = interruption();
  let result: RunResult | null = null;
  try {
    const server = await target(namedAddress(options.url ?? plan.url ?? undefined), stop.signal);
    const told = { ...shown, server: server.description, k6: k6?.version ?? null };
    progress.write(`${planText(plan, told)}\n`);
    const listener = printingListener(progress, options.quiet ?? false);
    result = await perform(request, { folder, server, k6, interrupted: stop.signal, listener });
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
