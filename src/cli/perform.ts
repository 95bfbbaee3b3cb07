/** Performs what a run was asked for, with all that the command line knows of this machine. */
import { packageVersion } from "../server/package-root.ts";
import { join } from "node:path";
import { junitSuite, junitXml } from "../report/junit.ts";
import { summaryMarkdown } from "../report/summary-markdown.ts";
import { readCalibration } from "../run/calibration.ts";
import type { RunRequest } from "../run/request.ts";
import type { AnyResult, RunResult } from "../run/result.ts";
import { run } from "../run/run.ts";
import { machineFingerprint } from "../server/fingerprint.ts";
import type { RunFolder } from "../run/store.ts";
import { prometheusText } from "../telemetry/prometheus.ts";
import { RunMeters } from "../telemetry/run-meters.ts";
import { withHostWatchdog } from "./host-watchdog.ts";
import { toAll } from "./listeners.ts";
import { armed, type Request } from "./run-request.ts";
import { pageOf } from "./pages.ts";
import { type SideOutput, writeSideOutputs } from "./side-outputs.ts";
import { calibrationFile, journalFolder, noiseFolder } from "./target.ts";
import { shownPath } from "./shown-path.ts";

type Around = Pick<RunRequest, "folder" | "server" | "interrupted" | "listener" | "k6">;

type Asked = Pick<Request, "plan" | "scenario" | "system" | "thresholds">;

/** Rejects as `run` does; the folder is then the caller's to abandon. */
export function perform(asked: Asked, around: Around): Promise<RunResult> {
  return performMetered(asked, around, new RunMeters(asked.plan, packageVersion()));
}

/** The same for who wants to see its meters meanwhile. */
export async function performMetered(
  { plan, scenario, system, thresholds }: Asked,
  around: Around,
  meters: RunMeters,
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
      listener: toAll([around.listener, meters]),
      runId,
      armed: faults,
      journalFolder: journalFolder(),
      noiseFolder: noiseFolder(),
      calibration,
    }),
  );
  meters.ended(result, Date.now());
  const { folder, listener } = around;
  const metrics = async () => folder.write("metrics.prom", await prometheusText(meters));
  const outputs: readonly SideOutput[] = [...reportsOf(folder, result), ["metrics.prom", metrics]];
  await writeSideOutputs([...outputs, pageOf(folder)], listener.note);
  return result;
}

/** For people and for what reads results of tests, beside run.json. */
export function reportsOf(folder: RunFolder, result: AnyResult): readonly SideOutput[] {
  const shown = shownPath(folder.path);
  const suite = () => junitSuite(result, `loadgen ${result.plan.scenario}`, shown);
  return [
    ["summary.md", async () => folder.write("summary.md", summaryMarkdown(result, shown))],
    ["junit.xml", async () => folder.write("junit.xml", junitXml([suite()]))],
  ];
}

/** To the millisecond, lest two runs that start together take the same folder. */
function timestamp(): string {
  return new Date().toISOString().slice(0, -1).replace(/[-:.]/g, "");
}

/** Where a run of this name is written if nobody says where. */
export function defaultFolder(scenario: string): string {
  return join("reports", `${timestamp()}-${scenario}`);
}
