/** Dead rows and sizes of the tables on a run's time axis, with the vacuums marked. */
import { countText } from "../../../core/counted.ts";
import { bytesText } from "../../figures.ts";
import type { RunPageData, Second, TableCourse } from "../page-data.ts";
import type { Look } from "./look.ts";
import { panelsChart } from "./panels.ts";
import type { Drawing, Panel, PanelLine } from "./panel.ts";

export function tablesPanels({ seconds, tables }: RunPageData): readonly Panel[] {
  const places = new Map(seconds.map(({ endMs }, index) => [endMs, index]));
  const at = (values: readonly (number | null)[]) => (second: Second) =>
    values[places.get(second.endMs) ?? -1] ?? null;
  const line = (course: TableCourse, colour: number, figure: "deadRows" | "bytes"): PanelLine => ({
    name: course.table,
    value: at(course[figure]),
    colour,
    dash: "solid",
    kind: "line",
  });
  return [
    {
      title: "Dead rows, and where a vacuum ended",
      isLogarithmic: false,
      text: countText,
      lines: tables.flatMap((course, colour) => [
        line(course, colour, "deadRows"),
        ...(course.vacuumed.some((value) => value !== null)
          ? [
              {
                name: `${course.table} vacuumed`,
                value: at(course.vacuumed),
                colour,
                dash: "solid",
                kind: "mark",
              } as const,
            ]
          : []),
      ]),
    },
    {
      title: "Size with indexes, as the last vacuum found it",
      isLogarithmic: false,
      text: bytesText,
      lines: tables.map((course, colour) => line(course, colour, "bytes")),
    },
  ];
}

export function tablesChart(data: RunPageData, look: Look): Drawing {
  return panelsChart(tablesPanels(data), data.seconds, { faults: data.faults, look });
}
