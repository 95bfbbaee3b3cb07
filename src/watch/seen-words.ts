/** What is seen of a load that somebody else drives, in plain words, whatever it means. Pure. */
import { counted } from "../core/counted.ts";
import { percent } from "../scaling/figures.ts";
import type { HostFigure, Measurements } from "../scaling/measurements.ts";
import { partsOf } from "../scaling/parts.ts";
import { partWords } from "../scaling/place-words.ts";
import { type BackendCounts, backendsOf } from "./measurements.ts";

export interface SeenBackends extends BackendCounts {
  /** Different ones. */
  readonly different: number;
  /** As many at each look. */
  readonly isFlat: boolean;
}

/** Sentences. */
export function seenTexts(seen: Measurements, backends: SeenBackends): readonly string[] {
  return [
    backendsText(backends),
    busyText(seen, backends),
    ...partsText(seen),
    ...clientsText(seen),
  ];
}

/** Without the generator: what this process used is no load's. */
export type SeenHost = Omit<HostFigure, "generatorCores">;

/** Who keeps the cores busy. */
export function coresText({ cores, busyCores, serverCores }: SeenHost): string {
  // The two are counted apart, and rounded differently by the system.
  const others = Math.max(0, busyCores - serverCores);
  return (
    `${busyCores.toFixed(2)} of ${counted(cores, "core")} busy: server ${serverCores.toFixed(2)}, ` +
    `all others ${others.toFixed(2)} (the load's driver among them, if it runs here)`
  );
}

/** One digit after the point. */
export function figure(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function backendsText({ min, max, different, isFlat }: SeenBackends): string {
  if (!isFlat) {
    return `${min} to ${counted(max, "backend")} at a time, ${different} different ones.`;
  }
  if (different > max) {
    return `${counted(max, "backend")} from the first look to the last, but ${different} different ones: connections are closed and opened again.`;
  }
  return `${counted(max, "backend")} from the first look to the last, never more: whoever drives this load opens no more.`;
}

function busyText(seen: Measurements, { max, fullShare }: SeenBackends): string {
  const { busy, active, idleInTransaction } = seen;
  return (
    `On the average ${figure(busy)} of them were busy: ${figure(active)} active, ${figure(idleInTransaction)} idle in transaction. ` +
    `${max === 1 ? "It was" : `All ${max} were`} busy at ${percent(fullShare)} of the looks.`
  );
}

/** Fewer sessions than this, on the average, are not worth a word. */
const sessionsMin = 0.05;

function partsText(seen: Measurements): readonly string[] {
  const texts = partsOf(backendsOf(seen))
    .filter(({ sessions }) => sessions >= sessionsMin)
    .map((part) => `${figure(part.sessions)} ${partWords(part)}`);
  return texts.length === 0 ? [] : [`Of the busy ones: ${texts.join("; ")}.`];
}

function clientsText({ client, busy, backendsMax }: Measurements): readonly string[] {
  if (client === null) return [];
  const { sessions } = client;
  if (sessions < backendsMax) {
    return [
      `${backendsMax} backends are more than the ${counted(sessions, "client")} of --clients: more clients, or other loads, have the same application_name.`,
    ];
  }
  return [
    `${figure(sessions - busy)} of ${counted(sessions, "client")} are not in the server, on the average.`,
  ];
}
