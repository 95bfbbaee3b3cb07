/** Performs what a run was asked for, with all that the command line knows of this machine. */
import { join } from "node:path";
import { summaryMarkdown } from "../report/summary-markdown.ts";
import { readCalibration } from "../run/calibration.ts";
import type { RunRequest } from "../run/request.ts";
import type { RunResult } from "../run/result.ts";
import { run } from "../run/run.ts";
import { machineFingerprint } from "../server/fingerprint.ts";
import { withHostWatchdog } from "./host-watchdog.ts";
import { armed, type Request } from "./run-request.ts";
import { writeOwnPage } from "./run-page.ts";
import { calibrationFile, journalFolder, noiseFolder } from "./target.ts";

type Around = Pick<RunRequest, "folder" | "server" | "interrupted" | "listener" | "k6">;

/** Rejects as `run` does; the folder is then the caller's to abandon. */
export async function perform(
  {
    plan,
    scenario,
    system,
    thresholds,
  }: Pick<Request, "plan" | "scenario" | "system" | "thresholds">,
  around: Around,
): Promise<RunResult> {
  const runId = `${timestamp()}-${process.pid}`;
  const faults = armed(plan);
  const calibration = await readCalibration(calibrationFile(), machineFingerprint());
  const result = await withHostWatchdog(runId, faults, () =>
    run({
      plan,
      scenario,
      system,
      thresholds,
      ...around,
      runId,
      armed: faults,
      journalFolder: journalFolder(),
      noiseFolder: noiseFolder(),
      calibration,
    }),
  );
  await around.folder.write("summary.md", summaryMarkdown(result));
  await writeOwnPage(around.folder.path);
  return result;
}

/** To the millisecond, lest two runs that start together take the same folder. */
function timestamp(): string {
  return new Date().toISOString().slice(0, -1).replace(/[-:.]/g, "");
}

/** Where a run of this name is written if nobody says where. */
export function defaultFolder(scenario: string): string {
  return join("reports", `${timestamp()}-${scenario}`);
}
