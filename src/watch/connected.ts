/** Who is connected, by name alone: for a user who watched for a name that nobody has. */
import { observerName } from "../observe/activity.ts";
import type { Link } from "../observe/link.ts";

export interface ConnectedName {
  readonly applicationName: string;
  readonly database: string;
  readonly backends: number;
}

/** More names than this help nobody. */
const namesMax = 20;

/** On the whole server, the most frequent first, but for the watching itself. Throws ServerError. */
export async function connectedNames(link: Link): Promise<readonly ConnectedName[]> {
  const rows = await link.query(
    `select application_name as "applicationName", datname as database, count(*)::int4 as backends
       from pg_catalog.pg_stat_activity
      where datname is not null
        and coalesce(backend_type, 'client backend') = 'client backend'
        and application_name <> $1
      group by 1, 2
      order by 3 desc, 1, 2
      limit $2`,
    [observerName, namesMax],
  );
  return rows as unknown as readonly ConnectedName[];
}
