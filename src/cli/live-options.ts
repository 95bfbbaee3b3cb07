/** The options of `loadgen run` that serve its page while it goes on: of the command, not of the plan. */
import type { Command } from "commander";
import { wholeNumber } from "./option-values.ts";
import { collecting, UsageError } from "./problems.ts";
import { type Request, requestFrom } from "./run-request.ts";

/** Lower ones are the system's. */
const portMin = 1024;
const portMax = 65_535;

export function declareLiveOptions(command: Command): void {
  command.option("--ui", "serve the report page while the run goes on, to this machine alone");
  command.option("--ui-port <n>", "the port of --ui (default: a free one)");
}

export interface LiveRequest extends Request {
  /** Null: no page is served; 0: at any free port. */
  readonly uiPort: number | null;
}

/** Throws a UsageError with every problem there is. */
export async function liveRequestFrom(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<LiveRequest> {
  const { ui, uiPort, ...ofRun } = given;
  const problems: string[] = [];
  const request = await collecting(problems, () => requestFrom(words, ofRun));
  const port = uiPort === undefined ? null : wholeNumber(portMin, portMax).safeParse(uiPort);
  problems.push(...(port?.error?.issues ?? []).map(({ message }) => `--ui-port: ${message}`));
  if (port !== null && ui !== true) problems.push("--ui-port: expected --ui beside it");
  if (problems.length > 0 || request === null) throw new UsageError(problems);
  return { ...request, uiPort: ui === true ? (port?.data ?? 0) : null };
}
