/** `loadgen watch`: the observers alone, on a load that someone else drives. */
import type { ExitCode } from "../../core/verdict.ts";
import { watchHeading, watchLine, watchPlanText, watchText } from "../../report/watch-text.ts";
import { type Address, AddressError } from "../../server/address.ts";
import { watch, type WatchListener } from "../../watch/watch.ts";
import { interruption } from "../interruption.ts";
import { hasColours, type Output } from "../listeners.ts";
import { UsageError } from "../problems.ts";
import { namedAddress, target } from "../target.ts";
import { parseWatchOptions, type WatchOptions } from "../watch-options.ts";

export async function watchCommand(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const { options, named } = asked(words, given);
  const { applicationName, duration: durationMs, clients = null } = options;
  const progress = options.json ? process.stderr : process.stdout;
  const colours = hasColours(progress);
  const stop = interruption();
  // There is nothing to undo: a second signal ends the process at once.
  stop.signal.addEventListener("abort", () => stop.release());
  try {
    const { address, embedded, description: server } = await target(named);
    stop.signal.throwIfAborted();
    const plan = { server, applicationName, durationMs, clients, colours };
    progress.write(`${watchPlanText(plan)}\n`);
    const result = await watch({
      address,
      mayBeLocal: embedded || address.isLoopback,
      applicationName,
      durationMs,
      clients,
      interrupted: stop.signal,
      listener: printing(progress, options.quiet ?? false),
    });
    if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    else process.stdout.write(`\n${watchText(result, { colours })}\n`);
    return result.verdict.exitCode;
  } finally {
    stop.release();
  }
}

/** Throws a UsageError with every problem there is. */
function asked(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): { readonly options: WatchOptions; readonly named: Address | null } {
  const problems: string[] = [];
  const collect = <T>(work: () => T): T | null => {
    try {
      return work();
    } catch (error) {
      if (error instanceof UsageError) problems.push(...error.problems);
      else if (error instanceof AddressError) problems.push(error.message);
      else throw error;
      return null;
    }
  };
  const options = collect(() => parseWatchOptions(words, given));
  const url = typeof given.url === "string" ? given.url : undefined;
  const named = collect(() => namedAddress(url));
  if (options === null || problems.length > 0) throw new UsageError(problems);
  return { options, named };
}

function printing(output: Output, quiet: boolean): WatchListener {
  let headed = false;
  return {
    note: (text) => output.write(`! ${text}\n`),
    sample(sample) {
      if (quiet) return;
      if (!headed) output.write(`${watchHeading}\n`);
      headed = true;
      output.write(`${watchLine(sample)}\n`);
    },
  };
}
