/** `loadgen db`: the embedded PostgreSQL. */
import { counted } from "../../core/counted.ts";
import {
  embeddedUrl,
  type RunningServer,
  startEmbedded,
  statusOf,
  stopEmbedded,
} from "../../server/embedded.ts";
import { resetDatabases } from "../../server/databases.ts";
import { ServerError } from "../../server/connection.ts";
import { checkAnswers, home, namedAddress, revived, target } from "../target.ts";
import { withRunLock } from "../with-run-lock.ts";

export async function dbStart(): Promise<string> {
  await revived();
  const server = await startEmbedded(home());
  return `${server.startedNow ? "started" : "running already"}: ${describe(server)}`;
}

export async function dbStop(): Promise<string> {
  await revived();
  return (await stopEmbedded(home())) ? "stopped" : "not running";
}

export async function dbStatus(): Promise<string> {
  await checkAnswers();
  const server = await statusOf(home());
  return server === null ? `not running (home ${home()})` : `running: ${describe(server)}`;
}

/** With the password: the one place that prints it. */
export async function dbUrl(): Promise<string> {
  const server = await running();
  return embeddedUrl(home(), server.port);
}

/** Drops every clone and fixture; waits for a run that is using one. */
export async function dbReset(url: string | undefined): Promise<string> {
  // Not by PGHOST: what is dropped must be named here and now.
  const server = await target(url === undefined ? null : namedAddress(url));
  const { dropped, kept } = await withRunLock(server, () => resetDatabases(server.address));
  return [
    `dropped ${counted(dropped.length, "database")}`,
    ...dropped.map((name) => `  ${name}`),
    ...kept.map(({ name, reason }) => `kept ${name}: ${reason}`),
  ].join("\n");
}

async function running(): Promise<RunningServer> {
  await checkAnswers();
  const server = await statusOf(home());
  if (server !== null) return server;
  throw new ServerError("the embedded server is not running: start it with loadgen db start", "");
}

function describe(server: RunningServer): string {
  return [
    `PostgreSQL ${server.version} at 127.0.0.1:${server.port}, process ${server.pid}`,
    `  data    ${server.dataFolder}`,
    `  socket  ${server.socketFolder}`,
  ].join("\n");
}
