/** What retries cost, where there were any: one line for each operation. */
import { countText } from "../core/counted.ts";
import type { AnyResult } from "../run/result.ts";
import { digits, timeText } from "./figures.ts";

export function retryRemarks(run: AnyResult): string[] {
  return Object.entries(run.operations).flatMap(([name, { attempts, perSecond, ...operation }]) => {
    const finished = operation.count + operation.failed.count;
    if (attempts.count <= finished) return [];
    const { firstUs, toSuccessUs } = attempts;
    return [
      `Retries of ${name}: ${countText(attempts.failed)} of ${countText(attempts.count)} attempts failed, ` +
        `${timeText(attempts.wastedUs)} of session time wasted; ${digits(attempts.perSecond)} attempted and ` +
        `${digits(perSecond)} committed a second; first attempt mean ${timeText(firstUs.mean)}, p99 ${timeText(firstUs.p99)}, ` +
        `to success mean ${timeText(toSuccessUs.mean)}, p99 ${timeText(toSuccessUs.p99)}.`,
    ];
  });
}
