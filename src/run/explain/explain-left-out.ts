/** What a transaction that may only read left out of what it was to explain, in words. Pure. */

/**
 * - `planned`: it would write or lock rows, so it was planned and not performed.
 * - `unplanned`: nor could it be planned.
 * - `awaited`: the same as either, and the transaction decides by its rows how it goes on.
 */
export type LeftOutKind = "planned" | "unplanned" | "awaited";

export interface LeftOut {
  /** The statement's. */
  readonly name: string;
  readonly kind: LeftOutKind;
}

/** One sentence; null: nothing was left out. */
export function leftOutText(leftOut: readonly LeftOut[]): string | null {
  const texts = Object.entries(words).flatMap(([kind, text]) => {
    const names = leftOut.filter((one) => one.kind === kind).map(({ name }) => name);
    return names.length === 0 ? [] : [text([...new Set(names)].join(", "))];
  });
  return texts.length === 0 ? null : texts.join("; ");
}

const words: Readonly<Record<LeftOutKind, (names: string) => string>> = {
  planned: (names) => `planned only, because it would write or lock rows: ${names}`,
  unplanned: (names) => `left out, because it would write, and has no plan: ${names}`,
  awaited: (names) => `left out, because it needs the rows of ${names}: whatever follows`,
};
