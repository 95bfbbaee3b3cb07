/** What a plan says of its sessions' connections. */
import type { Plan } from "../core/plan.ts";

/** How many the server sees, of all sessions together. */
export function connectionCount(plan: Plan): number {
  const { driverSockets, poolMax, sessions, connectionsEach } = plan;
  return driverSockets?.count ?? poolMax ?? sessions * connectionsEach;
}
