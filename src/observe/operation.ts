/**
 * Which operation a statement belongs to, by the server's own account. Every statement that a
 * session sends ends in the tag `loadgen:<operation>` as a comment, so that pg_stat_activity names it.
 */

/**
 * The operation in a statement's tag; null where there is none: a foreign statement, or one cut off
 * by track_activity_query_size (1 kB unless set) before its tag.
 */
export function operationOf(queryText: string): string | null {
  return /\/\* loadgen:([^*]+) \*\//.exec(queryText)?.[1] ?? null;
}

/** Enough to recognise a statement in a table of a report. */
const shortLengthMax = 60;

/** The operation, else the beginning of the statement, else the application's name. */
export function nameOf(queryText: string, applicationName: string): string {
  const short = queryText.trim().replace(/\s+/g, " ").slice(0, shortLengthMax);
  return operationOf(queryText) ?? (short || applicationName || "unknown");
}
