/** The page of one run, from top to bottom. Its tables and sentences are those of the terminal. */
import type { Plan } from "../../core/plan.ts";
import type { RunSample } from "../../run/listener.ts";
import type { Explained } from "../../run/explain/explained.ts";
import type { AnyResult } from "../../run/result.ts";
import { namedSections } from "../run-sections.ts";
import { explainBody } from "./explain-part.ts";
import { countersBody, type Counted } from "./counters-part.ts";
import { type Html, html } from "./html.ts";
import { lockGraph } from "./lock-graph.ts";
import type { RunPageData } from "./page-data.ts";
import { loadFigure, serverFigure, spectrumFigure, tablesFigure } from "./run-figures.ts";
import { runData } from "./run-data.ts";
import { originBody } from "./origin-part.ts";
import { runHeader } from "./run-header.ts";
import { contentHtml, sectionHtml } from "./section-html.ts";
import { type Page, pageText, type PageAssets, type Part } from "./shell.ts";

/** What a run's folder has. */
export interface RunFiles extends Counted {
  readonly run: AnyResult;
  readonly plan: Plan;
  /** Empty where none were taken. */
  readonly samples: readonly RunSample[];
  /** Null: nobody asked for it. */
  readonly explained: Explained | null;
}

/** `folder`: of the run, as a command line names it. */
export function runPageText(stored: RunFiles, folder: string, assets: PageAssets): string {
  return pageText(runPage(stored, folder), assets);
}

export function runPage(stored: RunFiles, folder: string): Page {
  const { run } = stored;
  const data = runData(run, stored.samples);
  const sections = namedSections(run);
  const isKnown = run.observer !== null;
  return {
    title: `${run.verdict.status}: ${run.plan.scenario}, loadgen`,
    header: runHeader(stored),
    data,
    parts: [
      {
        id: "time",
        title: "Over time",
        short: "Over time",
        body: [loadFigure(data, run.plan.engine)],
      },
      {
        id: "faults",
        title: "Faults and their impact",
        short: "Faults",
        body: [
          ...sectionHtml(sections.impact, "impact"),
          ...sectionHtml(sections.faults, "fault-proofs"),
          ...sectionHtml(sections.windows, "windows"),
        ],
      },
      {
        id: "server",
        title: sections.server.title,
        short: "Waits and locks",
        body: [
          ...(isKnown ? [serverFigure(data)] : []),
          ...contentHtml(sections.server),
          ...sectionHtml(sections.locks, "locks"),
          ...lockGraph(run.locks.edges),
        ],
      },
      tablesPart(data, sections),
      { id: "spectrum", title: "Latency spectrum", short: "Spectrum", body: spectrumFigure(data) },
      {
        id: "operations",
        title: "Operations",
        short: "Operations",
        body: [
          ...sectionHtml(sections.latency, "latency"),
          ...sectionHtml(sections.stages, "stages"),
          ...sectionHtml(sections.stores, "stores"),
        ],
      },
      { id: "judged", title: "What was judged", short: "Judged", body: judged(sections) },
      {
        id: "counters",
        title: "What the server counted",
        short: "Counters",
        body: countersBody(stored, run),
      },
      plansPart(stored),
      generatorPart(sections),
      {
        id: "origin",
        title: "Where it comes from, and how to repeat it",
        short: "Repeat",
        body: originBody(stored, folder),
      },
    ],
    footer: html`<p>Written by loadgen. This file loads nothing and sends nothing.</p>`,
  };
}

function tablesPart(data: RunPageData, sections: ReturnType<typeof namedSections>) {
  return {
    id: "tables",
    title: "Dead rows and sizes",
    short: "Dead rows",
    body: [...tablesFigure(data), ...contentHtml(sections.soak)],
  };
}

function generatorPart({ generator }: ReturnType<typeof namedSections>) {
  return {
    id: "generator",
    title: "The generator's health",
    short: "Generator",
    body: contentHtml(generator),
  };
}

function plansPart({ run, explained }: RunFiles): Part {
  return {
    id: "plans",
    title: "Plans before the run and after it",
    short: "Plans",
    body: explainBody(run, explained),
  };
}

function judged({ thresholds, invariants }: ReturnType<typeof namedSections>): readonly Html[] {
  return [...sectionHtml(thresholds, "thresholds"), ...sectionHtml(invariants, "invariants")];
}
