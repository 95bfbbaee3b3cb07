/** The charts on a run's time axis: what was offered and achieved, and what the server was busy with. */
import { digits, timeText } from "../../figures.ts";
import type { FaultSpan, Second } from "../page-data.ts";
import { namesIn } from "../seconds.ts";
import type { Look } from "./look.ts";
import { type Drawing, type Panel, type PanelLine, panelsChart } from "./panels.ts";

/** What is drawn of a run, now or so far. */
export interface Course {
  readonly seconds: readonly Second[];
  readonly faults: readonly FaultSpan[];
}

export function loadPanels({ seconds }: Course): readonly Panel[] {
  const isOpenLoop = seconds.some(({ waiting }) => waiting !== null);
  return [
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
}

/** Of an open loop: what was due while all sessions were busy. */
const queuePanel: Panel = {
  title: "Transactions that are due and wait for a session",
  isLogarithmic: false,
  text: digits,
  lines: [line("waiting to start", 3, "solid", ({ waiting }) => waiting)],
};

/** More than this cannot be told apart: the rest is one area. */
const areasMax = 7;

export function serverPanels({ seconds }: Course): readonly Panel[] {
  const edges = seconds.map((second) => second.edges);
  const waits = seconds.map((second) => second.waits);
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
      lines: areas(namesIn(waits), (second) => second.waits),
    },
    {
      title: "Waiting for a lock: who ← for whom",
      isLogarithmic: false,
      text: digits,
      lines: areas(namesIn(edges), (second) => second.edges),
    },
  ].filter(({ lines }) => lines.length > 0);
}

function areas(
  names: readonly string[],
  counts: (second: Second) => Readonly<Record<string, number>>,
): readonly PanelLine[] {
  const alone = names.length <= areasMax + 1 ? names : names.slice(0, areasMax);
  const rest = names.slice(alone.length);
  const stack = { dash: "solid", kind: "stack" } as const;
  const lines = alone.map((name, colour) => ({
    ...stack,
    name,
    colour,
    value: (second: Second) => counts(second)[name] ?? 0,
  }));
  const sum = (second: Second) =>
    rest.reduce((total, name) => total + (counts(second)[name] ?? 0), 0);
  if (rest.length === 0) return lines;
  return [...lines, { ...stack, name: `${rest.length} others`, colour: areasMax, value: sum }];
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
