/** Who else was at work in the run's database meanwhile: what they did is in the run's figures, too. */
import { counted, countText } from "../core/counted.ts";
import type { SeenBeside } from "../observe/beside.ts";

/** As many as a screen takes; run.json has all. */
const shownMax = 5;

/** Empty: nobody else was seen, or nobody looked. */
export function besideRemarks(beside: SeenBeside | null): string[] {
  if (beside === null) return [];
  const { samples, vacuums } = beside;
  const seen = [...othersIn(beside), ...vacuums.map(vacuumText)];
  if (seen.length === 0) return [];
  const more = seen.length > shownMax ? [`and ${countText(seen.length - shownMax)} more`] : [];
  const shown = [...seen.slice(0, shownMax), ...more].join("; ");
  return [`Beside the run, by ${counted(samples, "sample")} of its database: ${shown}.`];
}

/** Each application with what it was seen at, in the order in which they come: the most seen first. */
function othersIn({ waits }: SeenBeside): readonly string[] {
  const others = waits.filter(({ application }) => !application.startsWith("loadgen/"));
  const names = [...new Set(others.map(({ application }) => application))];
  return names.map((name) => {
    const own = others.filter(({ application }) => application === name);
    const times = own.reduce((sum, { samples }) => sum + samples, 0);
    const at = own.map(({ type, event, samples }) => {
      const what = type === null ? event : `${type}:${event}`;
      return `${what} ${countText(samples)}`;
    });
    const who = name === "" ? "connections without a name" : name;
    return `${who} busy ${counted(times, "time")} (${at.slice(0, shownMax).join(", ")})`;
  });
}

function vacuumText({ table, phases }: SeenBeside["vacuums"][number]): string {
  const times = Object.values(phases).reduce((sum, count) => sum + count, 0);
  const at = Object.entries(phases).map(([phase, count]) => `${phase} ${countText(count)}`);
  return `a vacuum of ${table} seen ${counted(times, "time")} (${at.join(", ")})`;
}
