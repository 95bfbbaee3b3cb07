/** Where a server is, as libpq and lib/pq read it. PostgreSQL manual, section 34.1.1.1. */
export function conninfo(words: Readonly<Record<string, string>>): string {
  return Object.entries(words)
    .map(([name, value]) => `${name}='${value.replace(/[\\']/g, "\\$&")}'`)
    .join(" ");
}
