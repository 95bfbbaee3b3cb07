/** The figures of a run's page: each chart with a sentence on what is seen, and with its data as a table. */
import { counted, countText } from "../../core/counted.ts";
import type { EngineName } from "../../core/plan.ts";
import { digits, timeText } from "../figures.ts";
import { percentileText } from "./charts/spectrum.ts";
import { loadPanels, serverPanels } from "./charts/run-charts.ts";
import { tablesPanels } from "./charts/tables-chart.ts";
import type { Panel } from "./charts/panel.ts";
import { figureHtml } from "./figure-html.ts";
import { type Html, html } from "./html.ts";
import type { RunPageData, Second, Spectrum } from "./page-data.ts";
import { remarksHtml } from "./section-html.ts";

export function loadFigure(data: RunPageData, engine: EngineName): Html {
  const { seconds } = data;
  if (seconds.length === 0) {
    return remarksHtml([
      "Nobody took down how it went from second to second, so there is no course to draw.",
    ]);
  }
  return figureHtml({
    chart: "load",
    caption: [courseText(data), untoldText(seconds, engine), ...shadedText(data)].join(" ").trim(),
    table: tableOf("Second by second: load, latency, errors", loadPanels(data), seconds),
  });
}

function courseText({ seconds, faults }: RunPageData): string {
  const measured = seconds.filter(({ phase }) => phase === "measured");
  const rates = measured.map(({ achieved }) => achieved);
  const [least, most] = [Math.min(...rates), Math.max(...rates)];
  const inForce = faults.length === 0 ? "" : `, with ${counted(faults.length, "fault")} in between`;
  if (measured.length === 0) return "Nothing was measured: the run ended in its warm-up.";
  const times = measured.flatMap(({ p50Us }) => (p50Us === null ? [] : [p50Us]));
  const middle =
    times.length === 0
      ? ""
      : ` The median latency was between ${timeText(Math.min(...times))} and ${timeText(Math.max(...times))}.`;
  return `From second to second between ${digits(least)} and ${digits(most)} transactions a second ended${inForce}.${middle}`;
}

/** By the numbers that the shades have. */
function shadedText({ faults }: RunPageData): string[] {
  if (faults.length === 0) return [];
  return [`Shaded: ${faults.map(({ text }, index) => `${index + 1} ${text}`).join(", ")}.`];
}

/** Why a line is not there. */
function untoldText(seconds: readonly Second[], engine: EngineName): string {
  const percentiles = [
    ["p50", 20, ({ p50Us }: Second) => p50Us],
    ["p90", 100, ({ p90Us }: Second) => p90Us],
    ["p99", 1000, ({ p99Us }: Second) => p99Us],
    ["p99.9", 10_000, ({ p99_9Us }: Second) => p99_9Us],
  ] as const;
  const untold = percentiles.filter(([, , value]) => seconds.every((one) => value(one) === null));
  const [first] = untold;
  if (first === undefined) return "";
  if (engine === "k6" && untold.length === percentiles.length) {
    return "There are no latencies: the engine k6 tells none by the second, but those of the whole run at its end.";
  }
  const names = untold.map(([name]) => name).join(" and ");
  return `There is no line for ${names}: it would take ${countText(first[1])} transactions in one second to tell ${first[0]}.`;
}

export function serverFigure(data: RunPageData): Html {
  const { seconds } = data;
  if (seconds.every(({ busy }) => busy === null)) {
    return remarksHtml(["Nobody took down what sessions waited for from second to second."]);
  }
  const busiest = Math.max(...seconds.map(({ busy }) => busy ?? 0));
  return figureHtml({
    chart: "server",
    caption: `What the server showed at the end of each second, on the same axis: at most ${digits(busiest)} sessions were at work. Areas are stacked; who was waiting for a lock is below the waits.`,
    table: tableOf("Second by second: sessions, waits, locks", serverPanels(data), seconds),
  });
}

/** Nothing where no table was seen to have a dead row. */
export function tablesFigure(data: RunPageData): readonly Html[] {
  if (data.tables.length === 0) return [];
  return [
    figureHtml({
      chart: "tables",
      caption: `What the server's statistics had of each table with its partitions, read every few seconds: ${data.tables.map(({ table }) => table).join(", ")}. Triangles: a vacuum had ended since the reading before.`,
      table: tableOf("Dead rows and sizes", tablesPanels(data), data.seconds),
    }),
  ];
}

function tableOf(title: string, panels: readonly Panel[], seconds: readonly Second[]) {
  const columns = panels.flatMap(({ lines, text }) => lines.map((line) => ({ ...line, text })));
  return {
    title,
    heading: ["until", ...columns.map(({ name }) => name)],
    rows: seconds.map((second) => [
      `${Math.round(second.endMs / 100) / 10} s`,
      ...columns.map(({ value, text }) => {
        const one = value(second);
        return one === null ? "–" : text(one);
      }),
    ]),
  };
}

export function spectrumFigure({ spectra }: RunPageData): readonly Html[] {
  const [first] = spectra;
  if (first === undefined || first.lines.length === 0) {
    return [remarksHtml(["Too little was committed to tell any percentile."])];
  }
  const choice =
    spectra.length === 1
      ? []
      : [
          html`<p>
            <label for="spectrum-operation">Operation</label>
            <select id="spectrum-operation">
              ${spectra.map(({ operation }) => html`<option>${operation}</option>`)}
            </select>
          </p>`,
        ];
  return [
    ...choice,
    figureHtml({
      chart: "spectrum",
      caption: `How long the slowest took: to the right, one in ten, in a hundred, in a thousand; each line ends where its sample ends to be evidence. ${farthestText(first)}`,
      table: {
        title: "Percentiles of the latency",
        heading: ["percentile", ...first.lines.map(({ name }) => name)],
        rows: percentileRows(first),
      },
    }),
  ];
}

function farthestText({ lines }: Spectrum): string {
  const texts = lines.flatMap(({ name, points }) => {
    const last = points.at(-1);
    return last === undefined ? [] : [`${name} ${timeText(last[1])} at ${percentileText(last[0])}`];
  });
  return `At their ends: ${texts.join("; ")}.`;
}

/** 1 / (1 - p) of p50, p90, p99 and so on. */
const told = [2, 4, 10, 20, 100, 1000, 10_000, 100_000];

function percentileRows({ lines }: Spectrum): readonly (readonly string[])[] {
  return told.flatMap((timesRarer) => {
    const cells = lines.map(({ points }) => {
      // Points are close together: the nearest one from below.
      const last = points.at(-1);
      if (last === undefined || last[0] < timesRarer * 0.999) return "–";
      const point = points.findLast(([rarer]) => rarer <= timesRarer * 1.001);
      return timeText(point?.[1]);
    });
    return cells.every((cell) => cell === "–") ? [] : [[percentileText(timesRarer), ...cells]];
  });
}
