/** What a fault left to be repaid, and what that took, as one sentence. */
import { counted, countText } from "../core/counted.ts";
import type { DebtCourse } from "../run/faults/debt-course.ts";
import { bytesText, timeText } from "./figures.ts";

/** `left 56 775 dead rows (19 891 before), repaid after 12.3 s; the server's work meanwhile: …` */
export function debtText(debt: DebtCourse): string {
  const { unit, before, atRelease, left, repaidAfterMs, watchedMs } = debt;
  if (!debt.isKnown) {
    return `the run ended ${lengthOf(watchedMs)} later, too early to tell what is to be repaid.`;
  }
  const amount = `${amountText(atRelease, unit)} (${figureText(before, unit)} before)`;
  if (repaidAfterMs === 0) return `left nothing to repay: ${amount}.`;
  const course =
    repaidAfterMs === null
      ? `not repaid within the ${lengthOf(watchedMs)} that the run went on: ${figureText(left, unit)} left`
      : `repaid after ${lengthOf(repaidAfterMs)}`;
  return `left ${amount}, ${course}${costText(debt)}.`;
}

/** Of the whole server, the load's own work included: nobody counts them apart. */
function costText({ cost: { autovacuums, walBytes, checkpointsRequested } }: DebtCourse): string {
  const parts = [
    ...(autovacuums === null ? [] : [counted(autovacuums, "autovacuum")]),
    ...(walBytes === null ? [] : [`${bytesText(walBytes)} of WAL`]),
    ...(checkpointsRequested === null || checkpointsRequested === 0
      ? []
      : [counted(checkpointsRequested, "requested checkpoint")]),
  ];
  return parts.length === 0 ? "" : `; the server's work meanwhile: ${parts.join(", ")}`;
}

function lengthOf(ms: number): string {
  return timeText(ms * 1000);
}

/** Such as "dead rows", or "bytes of log files". */
function amountText(amount: number, unit: string): string {
  return `${figureText(amount, unit)} ${unit.replace(bytesUnit, "")}`;
}

const bytesUnit = /^bytes /;

function figureText(amount: number, unit: string): string {
  return bytesUnit.test(unit) ? bytesText(amount) : countText(amount);
}
