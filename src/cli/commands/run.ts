/** `loadgen run`: from the command line to a frozen plan, a run, and its exit code. */
import { relative, resolve } from "node:path";
import type { ExitCode } from "../../core/verdict.ts";
import { planText, resultText } from "../../report/terminal.ts";
import type { K6Tools } from "../../engine/k6/crew.ts";
import type { RunResult } from "../../run/result.ts";
import { RunFolder } from "../../run/store.ts";
import { interruption } from "../interruption.ts";
import { k6Tools } from "../k6-tools.ts";
import { hasColours, type Output, printingListener, toAll } from "../listeners.ts";
import { type Live, withLive } from "../live.ts";
import { liveRequestFrom } from "../live-options.ts";
import { defaultFolder, perform } from "../perform.ts";
import type { Request } from "../run-request.ts";
import { namedAddress, target } from "../target.ts";

/** `words`: what stands on the command line beside known options, the scenario first. */
export async function runCommand(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const request = await liveRequestFrom(words, given);
  const { plan, options, scenario, uiPort } = request;
  const progress = options.json ? process.stderr : process.stdout;
  // Before there is a folder: whoever names a wrong k6, or a port in use, shall find none.
  const k6 = await k6Tools(plan, (text) => progress.write(`· ${text}\n`));
  const path = resolve(options.out ?? defaultFolder(scenario.name));
  const shown = { folder: relative(process.cwd(), path) || ".", colours: hasColours(progress) };
  const result = await withLive({ port: uiPort, path, shown: shown.folder }, (live) =>
    performed({ request, k6, path, shown, progress, live }),
  );
  if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else process.stdout.write(`\n${resultText(result, shown)}\n`);
  return result.verdict.exitCode;
}

interface Performing {
  readonly request: Request;
  readonly k6: K6Tools | null;
  /** The run's folder. */
  readonly path: string;
  readonly shown: { readonly folder: string; readonly colours: boolean };
  readonly progress: Output;
  /** Null: no page is served meanwhile. */
  readonly live: Live | null;
}

/** The run, in a folder of its own that is not left half-done. */
async function performed(around: Performing): Promise<RunResult> {
  const { request, k6, path, shown, progress, live } = around;
  const { plan, options } = request;
  const folder = await RunFolder.create(path);
  const stop = interruption();
  let result: RunResult | null = null;
  try {
    const server = await target(namedAddress(options.url ?? plan.url ?? undefined), stop.signal);
    const told = { ...shown, server: server.description, k6: k6?.version ?? null };
    progress.write(`${planText(plan, told)}\n`);
    if (live !== null) {
      await live.show(plan, told);
      progress.write(`live at ${live.url}\n`);
    }
    const printing = printingListener(progress, options.quiet ?? false);
    const listener = toAll([printing, ...(live === null ? [] : [live.listener])]);
    result = await perform(request, { folder, server, k6, interrupted: stop.signal, listener });
    return result;
  } finally {
    stop.release();
    if (result === null && (await folder.abandon())) {
      process.stderr.write(`loadgen: what was measured until then is in ${shown.folder}\n`);
    }
  }
}
