/** Throughput against sessions in plain characters: legible without colours, and in a log file. */
import type { Knee } from "../scaling/hinge.ts";
import type { SweepStep } from "../sweep/result.ts";
import { digits } from "./figures.ts";

/** Lines, and eighths of a line, that the highest bar takes. */
const height = 6;
const eighths = 8;
const blocks = " ▁▂▃▄▅▆▇█";

/** Characters from one bar to the next, and for all of them together. */
const pitchMax = 7;
const widthMax = 88;

type Bar = Pick<SweepStep, "sessions" | "perSecond">;

type Mark = Pick<Knee, "sessions" | "low" | "high">;

/** Lines; none where the bars of so many steps would not fit on a screen. */
export function throughputChart(steps: readonly Bar[], knee: Mark | null): string[] {
  const longest = Math.max(0, ...steps.map(({ sessions }) => String(sessions).length));
  const pitch = Math.min(pitchMax, Math.floor(widthMax / Math.max(1, steps.length)));
  if (steps.length === 0 || pitch < longest + 1) return [];
  const most = Math.max(...steps.map(({ perSecond }) => perSecond));
  const label = `${digits(most)}/s`;
  const margin = (text: string) => text.padStart(label.length);
  const levels = steps.map(({ perSecond }) =>
    most > 0 ? Math.round((perSecond / most) * height * eighths) : 0,
  );
  const rows = Array.from({ length: height }, (_, index) => {
    const bars = levels.map((level) => barText(level - (height - 1 - index) * eighths, pitch));
    return `${margin(index === 0 ? label : "")} │${bars.join("")}`.trimEnd();
  });
  const counts = steps.map(({ sessions }) => centred(String(sessions), pitch)).join("");
  return [
    ...rows,
    `${margin("0")} └${"─".repeat(pitch * steps.length)}`,
    `${margin("")}  ${counts}`.trimEnd(),
    ...(knee === null ? [] : [kneeText(steps, knee, { pitch, left: label.length + 2 })]),
  ];
}

/** One line of one bar, which is so many eighths higher than the line's foot. */
function barText(level: number, pitch: number): string {
  const block = blocks.charAt(Math.max(0, Math.min(eighths, level)));
  return centred(block.repeat(Math.max(1, pitch - 3)), pitch);
}

function centred(text: string, width: number): string {
  const left = Math.ceil((width - text.length) / 2);
  return `${" ".repeat(left)}${text}`.padEnd(width);
}

/** An arrow under the knee; between two bars where it lies between two numbers of sessions. */
function kneeText(
  steps: readonly Bar[],
  knee: Mark,
  { pitch, left }: { readonly pitch: number; readonly left: number },
): string {
  const middle = left + Math.floor(pitch / 2);
  const column = Math.round(middle + positionOf(steps, knee.sessions) * pitch);
  const text = `▲ knee at ${digits(knee.sessions)} (${digits(knee.low)} to ${digits(knee.high)})`;
  return `${" ".repeat(column)}${text}`;
}

/** In bars from the first one; in between as on a logarithmic axis. */
function positionOf(steps: readonly Bar[], sessions: number): number {
  const after = steps.findIndex((step) => step.sessions >= sessions);
  const [low, high] = [steps[after - 1], steps[after]];
  if (high === undefined) return steps.length - 1;
  if (low === undefined) return 0;
  return after - 1 + Math.log(sessions / low.sessions) / Math.log(high.sessions / low.sessions);
}
