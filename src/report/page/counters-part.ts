/** What the server counted while a run went on: the difference of before.json and after.json. */
import type { CounterSnapshot } from "../../observe/snapshots/counters.ts";
import { type Growth, growthBetween } from "../../observe/snapshots/growth.ts";
import type { AnyResult } from "../../run/result.ts";
import { countText } from "../../core/counted.ts";
import { activitySection } from "../activity-section.ts";
import { activityTables } from "../activity-tables.ts";
import { bytesText, digits } from "../figures.ts";
import { type Html, html } from "./html.ts";
import type { Section } from "../section.ts";
import { contentHtml, foldedHtml, remarksHtml, sectionHtml, tableHtml } from "./section-html.ts";

export interface Counted {
  readonly before: CounterSnapshot;
  /** Null: the server was gone by then. */
  readonly after: CounterSnapshot | null;
}

/** A database of thousands of tables has most of them for nothing: the first ones tell the story. */
const tablesMax = 24;

export function countersBody({ before, after }: Counted, run: AnyResult): readonly Html[] {
  if (after === null) return [remarksHtml(["After the run the server could not be asked."])];
  const { transactions, serverActivity } = run;
  const committed = transactions.committed + transactions.warmup.committed;
  const activity =
    serverActivity === null
      ? []
      : [
          remarksHtml(activitySection(run).remarks),
          ...activityTables(serverActivity, committed).map(activityHtml),
        ];
  const grown = growthBetween(before, after);
  if (grown.kind === "restarted") {
    return [
      ...activity,
      remarksHtml([
        "The server was started anew in between and may have lost its counts: there is nothing to compare.",
      ]),
    ];
  }
  const wal = walBytes({ before, after });
  const changed = grown.growths.filter(({ counters }) => counters.length > 0);
  const views = changed.filter(({ place }) => !place.includes("."));
  const tables = changed.filter(({ place }) => place.includes("."));
  return [
    html`<p>
      From before the first session connected to after the last one was gone, warm-up included:
      ${countText(committed)} committed
      transactions.${wal === null ? "" : ` The server wrote ${bytesText(wal)} of WAL.`}
    </p>`,
    ...activity,
    ...views.map((growth, index) => growthHtml(growth, committed, index === 0)),
    ...tables.slice(0, tablesMax).map((growth) => growthHtml(growth, committed, false)),
    ...(tables.length > tablesMax
      ? [
          remarksHtml([
            `${tables.length - tablesMax} more tables changed less: after.json has them.`,
          ]),
        ]
      : []),
  ];
}

/** The first table tells most; the others are a click away. */
function activityHtml(section: Section, index: number): Html {
  if (index === 0) return html`${sectionHtml(section, "activity")}`;
  return foldedHtml(`${section.title} (${section.rows.length})`, contentHtml(section));
}

function walBytes({ before, after }: { before: CounterSnapshot; after: CounterSnapshot }) {
  if (before.walPositionBytes === null || after.walPositionBytes === null) return null;
  return after.walPositionBytes - before.walPositionBytes;
}

function growthHtml(
  { place, counters, unchanged }: Growth,
  committed: number,
  isOpen: boolean,
): Html {
  const table = tableHtml({
    title: `${place}: what changed`,
    heading: ["counter", "difference", "per transaction"],
    rows: counters.map(({ name, grown }) => [
      name,
      grownText(grown),
      committed === 0 ? "–" : digitsSigned(grown / committed),
    ]),
  });
  const rest = unchanged === 0 ? [] : [remarksHtml([`${unchanged} others did not change.`])];
  if (isOpen) return html`${table}${rest}`;
  const [first] = counters;
  const hint = first === undefined ? "" : `: ${first.name} ${grownText(first.grown)}`;
  return foldedHtml(`${place}${hint}`, [table, ...rest]);
}

/** Times of the server are in milliseconds with three digits behind the point. */
function grownText(grown: number): string {
  const sign = grown < 0 ? "−" : "+";
  const size = Math.abs(grown);
  return sign + (size < 100 && !Number.isInteger(size) ? digits(size) : countText(size));
}

function digitsSigned(value: number): string {
  return value < 0 ? `−${digits(-value)}` : digits(value);
}
