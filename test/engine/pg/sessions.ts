/** Connections of sessions by either driver, for tests that hold both to the same. */
import pg from "pg";
import { expect } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import type { Driver } from "../../../src/core/plan.ts";
import {
  type Parameter,
  type Row,
  type ConnectionStep,
  statement,
} from "../../../src/core/step.ts";
import type { Prepared } from "../../../src/engine/dialect.ts";
import type { SessionConnection, StepContext } from "../../../src/engine/pg/session-connection.ts";
import { connectionOver, driverConfig } from "../../../src/engine/pg/session-driver.ts";
import type { Address } from "../../../src/server/address.ts";

export const drivers: readonly Driver[] = ["lean", "plain"];

export interface Session {
  readonly connection: SessionConnection;
  readonly client: pg.Client;
  readonly pid: number;
  /** What the statements took, by name. */
  readonly timed: Map<string, number>;
  readonly perform: (step: ConnectionStep, operation?: string) => Promise<readonly Row[]>;
}

const clients: pg.Client[] = [];

export async function openSession(
  driver: Driver,
  address: Address,
  prepared: Prepared = "named",
): Promise<Session> {
  const client = new pg.Client({
    ...address.clientConfig("loadgen/ledger/0"),
    ...driverConfig(driver),
  });
  await client.connect();
  const connection = connectionOver(client, driver, prepared);
  clients.push(client);
  const timed = new Map<string, number>();
  const perform = (step: ConnectionStep, operation = "write") => {
    const context: StepContext = {
      operation,
      signal: new AbortController().signal,
      onStatement: (name, us) => timed.set(name, us),
    };
    return connection.perform(step, context);
  };
  const [row] = await perform(query("select pg_backend_pid() as pid"));
  return { connection, client, pid: Number(row?.pid), timed, perform };
}

/** All that were opened, also those whose connections are gone. */
export async function closeSessions(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => undefined)));
}

export const begin: ConnectionStep = { kind: "begin", isolation: "read-committed" };
export const commit: ConnectionStep = { kind: "commit" };
export const rollback: ConnectionStep = { kind: "rollback" };

type StatementStep = Extract<ConnectionStep, { kind: "query" | "execute" }>;

export function query(sql: string, ...parameters: Parameter[]): StatementStep {
  return { kind: "query", statement: statement(sql, sql), parameters };
}

export function execute(sql: string, ...parameters: Parameter[]): StatementStep {
  return { kind: "execute", statement: statement(sql, sql), parameters };
}

export async function failureOf(performed: Promise<unknown>): Promise<Failure> {
  const failure = await performed.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );
  if (!(failure instanceof Failure)) throw failure;
  return failure;
}

/** The rows of a step, or its failure. */
export type Told =
  readonly Row[] | Pick<Failure, "kind" | "code" | "message" | "committing" | "fatal">;

/** What each step comes to, one after the other; what is no Failure is thrown. */
export async function toldOf(
  session: Session,
  steps: readonly ConnectionStep[],
): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (const step of steps) {
    told.push(
      await session.perform(step).catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
        const { kind, code, message, committing, fatal } = error;
        return { kind, code, message: nameless(message), committing, fatal };
      }),
    );
  }
  return told;
}

/** Under which name a statement was prepared is not the same for all. */
function nameless(message: string): string {
  return message.replace(/prepared statement ".*?"/, "prepared statement");
}

/**
 * Performs the steps by both drivers, with statements that are kept and with such that are not unless
 * one of the two is named, each on a connection of its own; they must say the same.
 */
export async function agreed(
  address: Address,
  steps: readonly ConnectionStep[],
  ways: readonly Prepared[] = ["named", "unnamed"],
): Promise<readonly Told[]> {
  const all: (readonly Told[])[] = [];
  for (const prepared of ways) {
    for (const driver of drivers) {
      const told = await toldOf(await openSession(driver, address, prepared), steps);
      all.push(told);
      expect(told, `${driver}, ${prepared}`).toEqual(all[0]);
    }
  }
  return all[0] ?? [];
}
