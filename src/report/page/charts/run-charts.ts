/** The charts on a run's time axis: what was offered and achieved, and what the server was busy with. */
import { digits, timeText } from "../../figures.ts";
import type { Course, Second } from "../page-data.ts";
import type { Look } from "./look.ts";
import { panelsChart } from "./panels.ts";
import type { Drawing, Panel, PanelLine } from "./panel.ts";

export function loadPanels({ seconds }: Course): readonly Panel[] {
  const isOpenLoop = seconds.some(({ waiting }) => waiting !== null);
  const panels: readonly Panel[] = [
    {
      title: "Transactions a second",
      isLogarithmic: false,
      text: digits,
      lines: [
        line("offered", 1, "dashed", ({ offered }) => offered),
        line("achieved", 0, "solid", ({ achieved }) => achieved),
      ],
    },
    ...(isOpenLoop ? [queuePanel] : []),
    {
      title: "Latency (logarithmic)",
      isLogarithmic: true,
      text: timeText,
      lines: [
        line("p50", 0, "solid", ({ p50Us }) => p50Us),
        line("p90", 2, "dashed", ({ p90Us }) => p90Us),
        line("p99", 1, "solid", ({ p99Us }) => p99Us),
        line("p99.9", 3, "dashed", ({ p99_9Us }) => p99_9Us),
        line("slowest", 4, "dotted", ({ maxUs }) => maxUs),
      ].filter(({ value }) => seconds.some((second) => value(second) !== null)),
    },
    {
      title: "Errors and retries a second",
      isLogarithmic: false,
      text: digits,
      lines: [
        line("errors", 3, "solid", ({ errors }) => errors),
        line("retries", 1, "dashed", ({ retries }) => retries),
      ],
    },
  ];
  // The engine k6 tells no latencies by the second.
  return panels.filter(({ lines }) => lines.length > 0);
}

/** Of an open loop: what was due while all sessions were busy. */
const queuePanel: Panel = {
  title: "Transactions that are due and wait for a session",
  isLogarithmic: false,
  text: digits,
  lines: [line("waiting to start", 3, "solid", ({ waiting }) => waiting)],
};

export function serverPanels({ waitNames, edgeNames }: Course): readonly Panel[] {
  return [
    {
      title: "Sessions at work on the server",
      isLogarithmic: false,
      text: digits,
      lines: [
        line("busy", 0, "solid", ({ busy }) => busy),
        line("of these active", 2, "dashed", ({ active }) => active),
      ],
    },
    {
      title: "What busy sessions did or waited for",
      isLogarithmic: false,
      text: digits,
      lines: areas(waitNames, ({ waits }) => waits),
    },
    {
      title: "Waiting for a lock: who ← for whom",
      isLogarithmic: false,
      text: digits,
      lines: areas(edgeNames, ({ edges }) => edges),
    },
  ].filter(({ lines }) => lines.length > 0);
}

function areas(
  names: readonly string[],
  counts: (second: Second) => readonly number[],
): readonly PanelLine[] {
  return names.map((name, index) => ({
    name,
    colour: index,
    dash: "solid",
    kind: "stack",
    value: (second) => counts(second)[index] ?? 0,
  }));
}

function line(
  name: string,
  colour: number,
  dash: PanelLine["dash"],
  value: PanelLine["value"],
): PanelLine {
  return { name, colour, dash, value, kind: "line" };
}

export function loadChart(course: Course, look: Look): Drawing {
  return panelsChart(loadPanels(course), course.seconds, { faults: course.faults, look });
}

export function serverChart(course: Course, look: Look): Drawing {
  return panelsChart(serverPanels(course), course.seconds, { faults: course.faults, look });
}
