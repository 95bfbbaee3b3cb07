/** Where the server's work went, in short: for the terminal and summary.md. The page has all of it. */
import type { PartitionsBetween, ServerActivity } from "../observe/snapshots/server-activity.ts";
import type { AnyResult } from "../run/result.ts";
import { counted, countText } from "../core/counted.ts";
import { bytesText, digits, timeText } from "./figures.ts";
import { emptySection, type Section } from "./section.ts";

/** As many statements, functions and tables as a screen takes. */
const shownMax = 5;

/** Characters of a statement in a line: its figures are to be seen beside it. */
const queryMax = 60;

export function shortQuery(query: string): string {
  return query.length > queryMax ? `${query.slice(0, queryMax - 1)}…` : query;
}

export function activitySection({ serverActivity, serverPerTransaction }: AnyResult): Section {
  if (serverActivity === null) return emptySection;
  const statements = serverActivity.statements?.top.slice(0, shownMax) ?? [];
  return {
    title: "Where the server's work went",
    heading: ["statement", "calls", "mean", "hit/call", "read/call", "WAL/call"],
    rows: statements.map(({ query, calls, meanMs, perCall }) => [
      shortQuery(query),
      countText(calls),
      timeText(meanMs * 1000),
      digits(perCall.sharedHit),
      digits(perCall.sharedRead),
      bytesText(perCall.walBytes),
    ]),
    remarks: [
      ...perTransactionRemarks(serverPerTransaction),
      ...functionRemarks(serverActivity),
      ...serverActivity.partitions.slice(0, shownMax).map(partitionsText),
      ...lackRemarks(serverActivity),
    ],
  };
}

function perTransactionRemarks(each: AnyResult["serverPerTransaction"]): string[] {
  const { functionUs, hotShare, tableBytesGrown, indexBytesGrown } = each;
  const parts = [
    ...(functionUs === null ? [] : [`${timeText(functionUs)} in functions`]),
    ...(tableBytesGrown === null ? [] : [`tables grew by ${signedBytes(tableBytesGrown)}`]),
    ...(indexBytesGrown === null ? [] : [`indexes by ${signedBytes(indexBytesGrown)}`]),
  ];
  return [
    ...(parts.length === 0 ? [] : [`Per committed transaction: ${parts.join(", ")}.`]),
    ...(hotShare === null ? [] : [`Of all updates ${percentText(hotShare)} were HOT.`]),
  ];
}

function functionRemarks({ functions }: ServerActivity): string[] {
  return (functions ?? [])
    .slice(0, shownMax)
    .map(
      ({ function: name, calls, totalMs, selfMs }) =>
        `${name}: ${counted(calls, "call")} of ${timeText((1000 * totalMs) / calls)}, ${timeText(1000 * selfMs)} of its own in all.`,
    );
}

/** `dms.reference: 12 of 16 children used; the fullest has 2.1 times the average (2.5 before).` */
function partitionsText({ table, before, after }: PartitionsBetween): string {
  const now = after ?? before;
  if (now === null) return `${table}: not known.`;
  const used = `${table}: ${now.used} of ${now.children} children used`;
  if (now.fullestToMean === null) return `${used}.`;
  const earlier = after === null ? null : (before?.fullestToMean ?? null);
  const [skew, skewBefore] = [digits(now.fullestToMean), earlier === null ? null : digits(earlier)];
  const moved = skewBefore === null || skewBefore === skew ? "" : ` (${skewBefore} before)`;
  return `${used}; the fullest has ${skew} times the average${moved}.`;
}

/** What a newer server has is no lack of this one. */
function lackRemarks({ gaps, missing, leftOut }: ServerActivity): string[] {
  return [
    ...gaps.map((gap) => `Not known: ${gap}.`),
    ...missing
      .filter(({ code, advice }) => code !== "42P01" || !advice.startsWith("none:"))
      .map(({ part, why, advice }) => `Not read: ${part} (${why}). What to do: ${advice}.`),
    ...leftOut.map(
      ({ why, relations, examples }) =>
        `Not looked into: ${counted(relations, "relation")}, such as ${examples.join(", ")}: ${why}.`,
    ),
  ];
}

export function percentText(share: number): string {
  return `${digits(100 * share)} %`;
}

/** Of a growth, which may be a loss. */
export function signedBytes(bytes: number): string {
  return bytes < 0 ? `−${bytesText(-bytes)}` : bytesText(bytes);
}
