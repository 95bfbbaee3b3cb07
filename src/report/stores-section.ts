/** What sessions remembered between transactions, how often that helped, and how often it was wrong. */
import { counted, countText } from "../core/counted.ts";
import type { AnyResult } from "../run/result.ts";
import { digits } from "./figures.ts";
import type { Section } from "./section.ts";

export function storesSection(run: AnyResult): Section {
  const stores = Object.entries(run.stores);
  return {
    title: "What sessions remembered",
    heading: [
      ...["store", "asked", "hits", "stale", "remembered", "told to forget", "entries"],
      "bytes an entry",
    ],
    rows: stores.map(([name, store]) => [
      name,
      countText(store.asked),
      shareText(store.hits, store.asked),
      `${countText(store.stale)} (${shareText(store.stale, store.hits)})`,
      ...[store.remembered, store.told, store.entries].map(countText),
      store.entries === 0 ? "–" : countText(Math.round(store.bytes / store.entries)),
    ]),
    remarks: stores
      .filter(([, { emptied }]) => emptied > 0)
      .map(
        ([name, { emptied }]) =>
          `${name} was emptied ${counted(emptied, "time")}: its connection for notifications was lost, and some may have been missed.`,
      ),
  };
}

function shareText(part: number, whole: number): string {
  return whole === 0 ? "–" : `${digits((100 * part) / whole)} %`;
}
