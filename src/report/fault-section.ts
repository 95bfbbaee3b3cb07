/** What a report says of each fault: whether it took effect, whether it is undone, and what it left. */
import type { AnyResult } from "../run/result.ts";
import { debtText } from "./debt-text.ts";
import type { Section } from "./section.ts";

export function faultSection(run: AnyResult): Section {
  const remarks = run.faults.flatMap((fault) => {
    const [yes, no] = fault.task ? taskWords : faultWords;
    const effect = fault.effective === true ? yes : no;
    // What a task did stays done: nothing of it is in force any more, that is all.
    const over = fault.task ? "over" : "undone";
    const undone = fault.undone ? over : `NOT ${over.toUpperCase()}: ${fault.undoProblem ?? ""}`;
    const names = run.windows.filter((one) => one.fault === fault.name).map((one) => one.name);
    const missing = (["baseline", "recovery"] as const).filter((name) => !names.includes(name));
    const none = missing.length > 0 ? ` (no ${missing.join(" and no ")} window)` : "";
    const debt = fault.debt === null ? [] : [`${fault.text}: ${debtText(fault.debt)}`];
    return [`${fault.text}: ${effect}, ${undone}. ${fault.evidence}${none}.`, ...debt];
  });
  return { title: "Faults", heading: [], rows: [], remarks };
}

const faultWords = ["took effect", "NOT PROVEN to have taken effect"] as const;
const taskWords = ["done", "NOT DONE"] as const;
