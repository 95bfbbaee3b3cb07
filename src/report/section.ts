/** A part of a report, whatever it is printed as. */
export interface Section {
  readonly title: string;
  readonly heading: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Sentences under the table. */
  readonly remarks: readonly string[];
}
