/** What the charts of a run's page are drawn from. */
import type { RunSample } from "../../run/listener.ts";
import type { AnyResult } from "../../run/result.ts";
import type { FaultSpan, RunPageData } from "./page-data.ts";
import { courseOf } from "./seconds.ts";
import { tableCourses } from "./table-courses.ts";
import { spectraOf } from "./spectra.ts";

export function runData(run: AnyResult, samples: readonly RunSample[]): RunPageData {
  const course = courseOf(samples, run.plan.warmupMs);
  return {
    kind: "run",
    ...course,
    tables: tableCourses(samples, course.seconds),
    faults: faultSpans(run),
    spectra: spectraOf(run),
  };
}

/** Until they were undone, or the measured time was over. Faults that never came have none. */
function faultSpans({ faults, plan, transactions }: AnyResult): readonly FaultSpan[] {
  return faults.flatMap(({ text, startMs, endMs }, index) => {
    const isStanding = plan.faults[index] !== undefined && !plan.faults[index].includes("@");
    if (startMs === null && !isStanding) return [];
    const from = Math.max(startMs ?? 0, -plan.warmupMs);
    const to = Math.min(endMs ?? transactions.lengthMs, transactions.lengthMs);
    return [{ text, startMs: from, endMs: Math.max(from, to) }];
  });
}
