/** The parts of a report, whatever they are printed as. */

/** A word or two, and what there is to say of it. */
export type Line = readonly [name: string, text: string];

export interface Section {
  readonly title: string;
  readonly heading: readonly string[];
  /** One of a single cell is a heading of those that follow it. */
  readonly rows: readonly (readonly string[])[];
  /** Sentences under the table. */
  readonly remarks: readonly string[];
}

/** A section without is left out. */
export function hasContent({ rows, remarks }: Section): boolean {
  return rows.length + remarks.length > 0;
}

/** For a part of which nothing is known. */
export const emptySection: Section = { title: "", heading: [], rows: [], remarks: [] };
