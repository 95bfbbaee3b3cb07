/** What `loadgen fixtures verify` prints: each table's checksums, the rows that differ, the verdict. */
import { countText } from "../core/counted.ts";
import type { Verdict } from "../core/verdict.ts";
import type { Difference, ShownRow } from "../server/fixture/fixture-differences.ts";
import type { TableContent, TableVerdict } from "../server/fixture/fixture-verify.ts";
import { digits, lengthText } from "../report/figures.ts";
import { penFor, sectionText, wrappedVerdictText } from "../report/screen.ts";

export function verifyText(
  tables: readonly TableVerdict[],
  { verdict, database, colours }: VerifyShown,
): string {
  const pen = penFor(colours);
  const title = `Content of ${database}`;
  const heading = ["table", "rows", "checksum", "", "rows a second"];
  const rows = tables.flatMap(tableRows);
  const remarks = tables.flatMap((table) =>
    table.shown.flatMap((one) => differenceLines(table, one)),
  );
  const elapsedMs = tables.reduce((total, table) => total + table.elapsedMs, 0);
  remarks.push(`took ${lengthText(elapsedMs)}`);
  return [
    sectionText({ title, heading, rows, remarks }, pen),
    wrappedVerdictText(verdict, pen),
  ].join("\n");
}

interface VerifyShown {
  readonly verdict: Verdict;
  /** Its name. */
  readonly database: string;
  /** Off where escape codes would end up in a file. */
  readonly colours: boolean;
}

function tableRows({ table, isEqual, expected, found, elapsedMs }: TableVerdict): string[][] {
  if (expected === null || found === null) return [[table, "–", "–", "not compared", ""]];
  const rate = digits((expected.rows / elapsedMs) * 1000);
  if (isEqual) return [[table, ...contentCells(found), "equal", rate]];
  return [
    [table, ...contentCells(expected), "expected", rate],
    ["", ...contentCells(found), "found", ""],
  ];
}

function contentCells({ rows, checksum }: TableContent): string[] {
  return [countText(rows), checksum];
}

function differenceLines({ table, rowNumber }: TableVerdict, difference: Difference): string[] {
  const { kind, expected, found } = difference;
  const row: ShownRow = expected ?? found;
  const number = rowNumber === null ? "" : `, ${rowNumber} ${row[rowNumber] ?? "null"}`;
  return [
    `${table}${number}: ${kind}${kind === "changed" ? ` in ${changedIn(expected, found)}` : ""}`,
    ...(expected === null ? [] : [`  expected ${rowText(expected)}`]),
    ...(found === null ? [] : [`  found    ${rowText(found)}`]),
  ];
}

function changedIn(expected: ShownRow, found: ShownRow): string {
  return Object.keys(expected)
    .filter((name) => expected[name] !== found[name])
    .join(", ");
}

function rowText(row: ShownRow): string {
  return Object.entries(row)
    .map(([name, cell]) => `${name} ${cell ?? "null"}`)
    .join(", ");
}
