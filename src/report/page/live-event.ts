/** What a live page is told while the run goes on: each is one server-sent event of that name. */
import type { NamedSecond } from "./seconds.ts";

/** A second of the run, and the faults that were in force at its end. It replaces what it covers. */
export interface LiveSecond {
  readonly second: NamedSecond;
  readonly faults: readonly string[];
}

export type LiveEvent =
  | { readonly name: "phase"; readonly data: { readonly text: string } }
  | { readonly name: "note"; readonly data: { readonly text: string } }
  | {
      readonly name: "progress";
      readonly data: { readonly what: string; readonly done: number; readonly total: number };
    }
  | { readonly name: "second"; readonly data: LiveSecond }
  /** The end: the finished report, as the HTML of a page. */
  | { readonly name: "report"; readonly data: { readonly html: string } }
  /** The end, without a report. */
  | { readonly name: "ended"; readonly data: { readonly why: string } };

export type LiveEventName = LiveEvent["name"];

/** More sentences than this nobody reads; the newest are kept. */
export const sentencesMax = 500;

/** Where events come from, for a page of this token. */
export function eventsPath(token: string): string {
  return `/events?run=${token}`;
}
