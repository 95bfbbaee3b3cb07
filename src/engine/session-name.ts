/** What the sessions of a scenario call themselves at the server. */
import type { Scenario } from "../core/scenario.ts";

/** The application_name of every session of a scenario begins with this; its number follows. */
export function sessionPrefix(scenario: Scenario): string {
  // PostgreSQL cuts application_name at 63 bytes; a session's number must survive.
  return `loadgen/${scenario.name.slice(0, 40)}/`;
}
