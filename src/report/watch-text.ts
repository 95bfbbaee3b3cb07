/** What `loadgen watch` prints: what is watched, a line a second, and what was seen. */
import { counted, countText } from "../core/counted.ts";
import type { WatchResult, WatchedLoad } from "../watch/result.ts";
import { coresText } from "../watch/seen-words.ts";
import type { WatchSample } from "../watch/watch.ts";
import { digits, timeText } from "./figures.ts";
import { fitted, penFor, sectionText, wrappedLineText, wrappedVerdictText } from "./screen.ts";
import { hasContent, type Line, type Section } from "./section.ts";

/** What is about to be watched. */
export interface WatchPlan {
  readonly server: string;
  readonly applicationName: string;
  readonly durationMs: number;
  readonly clients: number | null;
  /** Off where escape codes would end up in a file. */
  readonly colours: boolean;
}

export function watchPlanText(plan: WatchPlan): string {
  const clients: Line[] =
    plan.clients === null ? [] : [["clients", `${plan.clients}, says their driver`]];
  const lines: Line[] = [
    ["watches", `backends whose application_name begins with "${plan.applicationName}"`],
    ...clients,
    ["time", `${plan.durationMs / 1000} s`],
    ["server", plan.server],
  ];
  return [penFor(plan.colours).bold("loadgen watch"), ...lines.map(wrappedLineText)].join("\n");
}

interface LiveColumn {
  readonly title: string;
  readonly width: number;
  readonly cell: (sample: WatchSample) => string;
}

const liveColumns: readonly LiveColumn[] = [
  { title: "time", width: 6, cell: ({ atMs }) => `${Math.round(atMs / 1000)} s` },
  { title: "backends", width: 9, cell: ({ backends }) => countOrDash(backends) },
  { title: "busy", width: 5, cell: ({ busy }) => countOrDash(busy) },
  { title: "active", width: 7, cell: ({ active }) => countOrDash(active) },
  { title: "in tx, idle", width: 12, cell: (one) => countOrDash(one.idleInTransaction) },
  { title: "lock waits", width: 11, cell: (one) => countOrDash(one.waitingForLock) },
  { title: "committed", width: 10, cell: (one) => rateOrDash(one.committedPerSecond) },
];

export const watchHeading = [
  ...liveColumns.map(({ title, width }) => title.padStart(width)),
  " most wait for",
].join(" ");

/** Stands under the heading. */
export function watchLine(sample: WatchSample): string {
  const cells = liveColumns.map(({ cell, width }) => cell(sample).padStart(width));
  return [...cells, ` ${sample.topWait ?? ""}`].join(" ").trimEnd();
}

function countOrDash(count: number | null): string {
  return count === null ? "–" : String(count);
}

function rateOrDash(perSecond: number | null): string {
  return perSecond === null ? "–" : `${digits(perSecond)}/s`;
}

export function watchText(result: WatchResult, { colours }: Pick<WatchPlan, "colours">): string {
  const pen = penFor(colours);
  return [
    ...watchSections(result).map((section) => sectionText(fitted(section), pen)),
    wrappedVerdictText(result.verdict, pen),
  ].join("\n");
}

/** Only sections that have something to say. */
function watchSections({ load, clients, observer, notes }: WatchResult): readonly Section[] {
  const { missed, samples } = observer;
  const looks = missed === 0 ? [] : [`${missed} looks were missed, ${samples} were not.`];
  const remarks = [...notes.map((note) => `${note}.`), ...looks];
  const sections = load === null ? [] : [seenSection(load), waitSection(load), lockSection(load)];
  const limits = load === null ? [] : [limitSection(load, clients)];
  return [...sections, ...limits, { title: "The watching", heading: [], rows: [], remarks }].filter(
    hasContent,
  );
}

function seenSection(load: WatchedLoad): Section {
  const { limitedBy, lengthMs } = load;
  return {
    title: `What the server saw, in ${digits(lengthMs / 1000)} s`,
    heading: [],
    rows: [],
    remarks: [...limitedBy.seen, ...transactionRemarks(load), ...hostRemarks(load)],
  };
}

function transactionRemarks({ transactions, times }: WatchedLoad): string[] {
  const { committedPerSecond, rolledBackPerSecond, otherBackendsMax } = transactions;
  const { transactionMs, inServer, clientsOutside, outsideMs } = times;
  const rolledBack =
    rolledBackPerSecond > 0 ? `, and ${digits(rolledBackPerSecond)} rolled back` : "";
  return [
    `${digits(committedPerSecond)} transactions a second were committed in this database${rolledBack}.`,
    ...(otherBackendsMax > 0
      ? [
          `Those of ${counted(otherBackendsMax, "other backend")} are counted in: the server has no count by name, and the times below are too short by as much.`,
        ]
      : []),
    ...(times.isCountedLate
      ? [
          "It has not counted all of them, for they are shorter than that: since PostgreSQL 15 it counts transactions that touch no table late.",
        ]
      : []),
    ...(transactionMs === null
      ? []
      : [
          `By Little's law a transaction keeps a backend busy for ${timeText(transactionMs * 1000)}, and ${digits(inServer)} are in the server at a time.`,
        ]),
    ...(clientsOutside === null || outsideMs === null
      ? []
      : [
          `For each of them a client spends ${timeText(outsideMs * 1000)} elsewhere: in a queue in front of the server, or in pauses of its own.`,
        ]),
  ];
}

function hostRemarks({ host }: WatchedLoad): string[] {
  if (host === null) return [];
  return [`Host: ${coresText(host)}.`];
}

/** As many as a screen takes; --json has all. */
const rowsMax = 8;

function waitSection({ waits, looks }: WatchedLoad): Section {
  const all = waits.reduce((sum, { samples }) => sum + samples, 0);
  return {
    title: "What busy backends waited for",
    heading: ["wait", "backends", "share"],
    rows: waits
      .slice(0, rowsMax)
      .map(({ type, event, samples }) => [
        type === null ? event : `${type}:${event}`,
        digits(samples / looks),
        `${Math.round((100 * samples) / all)} %`,
      ]),
    remarks: [],
  };
}

function lockSection({ locks }: WatchedLoad): Section {
  return {
    title: "Who waited for whom",
    heading: ["blocked", "by", "mode", "relation", "seen"],
    rows: locks.edges
      .slice(0, rowsMax)
      .map((edge) => [edge.blocked, edge.blocker, edge.mode, edge.relation, countText(edge.count)]),
    remarks: [],
  };
}

function limitSection({ limitedBy }: WatchedLoad, clients: number | null): Section {
  const title = "What limits";
  const { kind, suspected, evidence } = limitedBy;
  if (kind === "generator") {
    const remark = "Generator: fewer backends than clients, and the server has room for more.";
    return { title, heading: [], rows: [], remarks: [remark] };
  }
  const suspicion = suspected === null ? "Nothing to suspect" : `Suspected: ${suspected}`;
  const hint =
    "That is suspected, not shown, for nothing was changed to see what comes of it. How many clients " +
    "the driver has, --clients tells: fewer backends, on a server with room, are shown to be its own limit.";
  const hints = suspected === "generator" && clients === null ? [hint] : [];
  return {
    title,
    heading: [],
    rows: [],
    remarks: [`${suspicion}. ${sentence(evidence)}`, ...hints],
  };
}

/** From what stands within one elsewhere. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
