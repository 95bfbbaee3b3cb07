/** What comes of reading something that a person wrote: the value, or everything that is wrong with it. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /** Whole sentences: what was found and what was expected. Never empty. */
  | { readonly ok: false; readonly problems: readonly string[] };

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function rejected(...problems: readonly string[]): Parsed<never> {
  return { ok: false, problems };
}

/** The problems of several readings together; empty if all went well. */
export function problemsOf(...readings: readonly Parsed<unknown>[]): string[] {
  return readings.flatMap((reading) => (reading.ok ? [] : reading.problems));
}
