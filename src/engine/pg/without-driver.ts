/** A connection that the driver made and logged in, from the moment on when it sees no message any more. */
import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import type pg from "pg";

/** What the driver shows of its connection in no type. */
interface DriverConnection extends EventEmitter {
  readonly stream: Duplex;
}

/** What the connection itself still tells the driver; all else comes from messages. */
const kept: readonly (string | symbol)[] = ["error", "end"];

/**
 * What the client's bytes go over. The driver's listeners for messages are gone: they take more memory
 * than all else that a session has.
 */
export function withoutDriver(client: pg.ClientBase): Duplex {
  const { connection } = client as unknown as { connection: DriverConnection };
  for (const name of connection.eventNames()) {
    if (!kept.includes(name)) connection.removeAllListeners(name);
  }
  return connection.stream;
}
