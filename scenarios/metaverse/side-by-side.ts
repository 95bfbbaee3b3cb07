/**
 * A page of new objects over one connection, in one transaction; or over several, each with a part of it in
 * a transaction of its own. Nothing makes one of these: of a page of which a part fails, the others stay.
 */
import type { Strategies } from "../../src/core/system.ts";
import {
  atomically,
  together,
  type Transaction,
  type TransactionSettings,
} from "../../src/core/transaction.ts";
import { createRows, type PageRows } from "./create.ts";

interface Writing {
  /** Objects. */
  readonly page: number;
  readonly writers: number;
}

/** For less the original takes one connection. */
const objectsEachMin = 50;

/** How many connections pages are written over. */
export function connectionsFor({ create }: Strategies, { page, writers }: Writing): number {
  const isApart = create === "copy-binary-parallel" || create === "copy-binary-one-phase";
  return isApart && page >= writers * objectsEachMin ? writers : 1;
}

type Settings = TransactionSettings & { readonly strategies: Strategies };

export function* createOver(settings: Settings, writing: Writing, rows: PageRows): Transaction {
  const { strategies } = settings;
  const count = connectionsFor(strategies, writing);
  const writePart = (part: PageRows) => () =>
    atomically(settings, () => createRows(strategies, part));
  if (count === 1) {
    yield* writePart(rows)();
    return;
  }
  for (const parts of phasesOf(strategies, rows, count)) yield* together(parts.map(writePart));
}

/** What goes side by side, one after the other. */
function phasesOf(
  { create }: Strategies,
  { objects, values }: PageRows,
  count: number,
): readonly (readonly PageRows[])[] {
  const objectParts = partsOf(objects, count);
  if (create === "copy-binary-one-phase") {
    // A part has the values of its objects, and among them members that are another part's.
    const valueParts = partsOf(values, count);
    return [objectParts.map((part, index) => ({ objects: part, values: valueParts[index] ?? [] }))];
  }
  // Values are divided anew, value by value: a group with very many members is not one connection's.
  return [
    objectParts.map((part) => ({ objects: part, values: [] })),
    partsOf(values.flat(), count).map((part) => ({ objects: [], values: [part] })),
  ];
}

/** Neighbours stay together; where it does not come out even, the first ones have one more. */
export function partsOf<Item>(all: readonly Item[], count: number): readonly (readonly Item[])[] {
  const least = Math.floor(all.length / count);
  const larger = all.length % count;
  const startOf = (part: number) => part * least + Math.min(part, larger);
  return Array.from({ length: count }, (_, part) => all.slice(startOf(part), startOf(part + 1)));
}
