/**
 * Which of the two connections a session has. Both give the same results: `lean` costs the client
 * little, and by `plain` it can be checked.
 */
import type pg from "pg";
import type { Driver } from "../../core/plan.ts";
import type { Prepared } from "../dialect.ts";
import { LeanConnection } from "./lean-connection.ts";
import { streamFor } from "./lean-socket.ts";
import { PlainConnection } from "./plain-connection.ts";
import type { SessionConnection } from "./session-connection.ts";

/** What a client is to be made with, so that `connectionOver` finds it as its driver needs it. */
export function driverConfig(driver: Driver): pg.ClientConfig {
  return driver === "lean" ? { stream: streamFor } : {};
}

/**
 * Over a client that is connected, from now on for steps alone; connecting, pooling and closing
 * remain the client's.
 */
export function connectionOver(
  client: pg.ClientBase,
  driver: Driver,
  prepared: Prepared,
): SessionConnection {
  return driver === "lean"
    ? new LeanConnection(client, prepared)
    : new PlainConnection(client, prepared);
}
