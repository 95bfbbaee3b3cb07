/** Draws the charts of one run, and draws them again as more of it is known. */
import type { Look } from "../charts/look.ts";
import type { Drawing, Panel } from "../charts/panel.ts";
import { loadChart, loadPanels, serverChart, serverPanels } from "../charts/run-charts.ts";
import { tablesChart, tablesPanels } from "../charts/tables-chart.ts";
import { spectrumChart, spectrumWords } from "../charts/spectrum.ts";
import { tooltipWords } from "../charts/tooltip.ts";
import type { ChartName, RunPageData, Spectrum } from "../page-data.ts";
import { Chart } from "./chart.ts";
import { connect } from "./echarts.ts";
import { keysFor } from "./keys.ts";

type Drawings = Readonly<Record<ChartName, (data: RunPageData, look: Look) => Drawing>>;

/** Charts that share the time axis, and with it pointer and zoom. */
const timeGroup = "time";

export class RunCharts {
  #data: RunPageData;
  #spectrum = 0;
  readonly #charts = new Map<ChartName, Chart>();
  readonly #drawings: Drawings = {
    load: loadChart,
    server: serverChart,
    tables: tablesChart,
    spectrum: (_, look) => spectrumChart(this.#chosenSpectrum(), look),
  };

  constructor(data: RunPageData) {
    this.#data = data;
    for (const place of document.querySelectorAll<HTMLElement>("[data-chart]")) {
      const name = place.dataset.chart as ChartName;
      this.#charts.set(name, new Chart(place, (look) => this.#drawings[name](this.#data, look)));
    }
    this.#join("load", loadPanels);
    this.#join("server", serverPanels);
    this.#join("tables", tablesPanels);
    connect(timeGroup);
    this.#chooseSpectrum();
  }

  /** May be called again and again, with more each time. */
  draw(data: RunPageData): void {
    this.#data = data;
    this.redraw();
  }

  redraw(): void {
    for (const chart of this.#charts.values()) chart.draw();
  }

  /** Their places show something else from now on. */
  dispose(): void {
    for (const chart of this.#charts.values()) chart.echarts.dispose();
  }

  #join(name: ChartName, panels: (data: RunPageData) => readonly Panel[]): void {
    const chart = this.#charts.get(name);
    if (chart === undefined) return;
    chart.echarts.group = timeGroup;
    keysFor(chart, () => ({
      count: this.#data.seconds.length,
      // The first series of a panel are its shades, which have no points.
      seriesIndex: 1,
      wordsAt: (index) => this.#wordsAt(index, panels),
    }));
  }

  #wordsAt(index: number, panels: (data: RunPageData) => readonly Panel[]): string {
    const second = this.#data.seconds[index];
    return second === undefined ? "" : tooltipWords(panels(this.#data), second);
  }

  #chosenSpectrum(): Spectrum {
    return this.#data.spectra[this.#spectrum] ?? { operation: "", lines: [] };
  }

  #chooseSpectrum(): void {
    const chart = this.#charts.get("spectrum");
    if (chart !== undefined) {
      keysFor(chart, () => {
        const spectrum = this.#chosenSpectrum();
        const counts = spectrum.lines.map(({ points }) => points.length);
        const count = Math.max(0, ...counts);
        const wordsAt = (index: number) => spectrumWords(spectrum, index);
        return { count, seriesIndex: counts.indexOf(count), wordsAt };
      });
    }
    const choice = document.querySelector<HTMLSelectElement>("#spectrum-operation");
    choice?.addEventListener("change", () => {
      this.#spectrum = choice.selectedIndex;
      chart?.draw();
    });
  }
}
