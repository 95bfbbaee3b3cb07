/** What k6 runs: all cases, one after another, each on a connection of its own. */
import { sleep } from "k6";
import sql, { type Database } from "k6/x/sql";
import driver from "k6/x/sql/driver/postgres";
import type { ConnectionStep, Row } from "../../../../src/core/step.ts";
import type { Transaction } from "../../../../src/core/transaction.ts";
import { conninfo } from "../../../../src/engine/k6/conninfo.ts";
import { testMs } from "../../../../src/engine/k6/script/clock.ts";
import { SessionDatabase } from "../../../../src/engine/k6/script/database.ts";
import { drive } from "../../../../src/engine/k6/script/drive.ts";
import { type Case, type PlayStep, playerName, type Told } from "./play.ts";

declare const __ENV: Readonly<Record<string, string | undefined>>;
declare const console: { log(text: string): void };

/** What a case came to, and what the session's connections then said of themselves. */
export interface Played {
  readonly told: readonly Told[];
  readonly lostConnections: number;
  readonly transactionsEnded: number;
}

export const options = {
  scenarios: { cases: { executor: "per-vu-iterations", vus: 1, iterations: 1 } },
};

export function open(source: string): Database {
  return sql.open(driver, source, {
    max_open_conns: 1,
    max_idle_conns: 1,
    conn_max_lifetime: "0s",
    conn_max_idle_time: "0s",
  });
}

export function server(): string {
  return __ENV.SERVER ?? "";
}

export function tell(played: unknown): void {
  console.log(JSON.stringify(played));
}

export function databaseFor(timeoutMs: number): SessionDatabase {
  return new SessionDatabase({
    open,
    server: server(),
    applicationName: playerName,
    plan: {
      isolation: "read-committed",
      timeoutMs,
      statementTimeoutMs: 0,
      lockTimeoutMs: 0,
    } as never,
    settingsAtStart: true,
    nowMs: testMs,
    pause: (ms) => sleep(ms / 1000),
  });
}

const timeoutMs = 60_000;

export function playAll(cases: readonly Case[]): void {
  const others = open(`${server()} ${conninfo({ application_name: "loadgen/elsewhere" })}`);
  const played: Record<string, Played> = {};
  for (const { name, play } of cases) {
    const databases = databaseFor(timeoutMs);
    databases.reconnect();
    databases.current.begin();
    const context = { operation: "write", onStatement: () => undefined };
    const told = drive(
      play() as unknown as Transaction<readonly Told[]>,
      (step): readonly Row[] => {
        const asked = step as PlayStep;
        if (asked.kind !== "elsewhere")
          return databases.current.perform(step as ConnectionStep, context);
        others.execWithTimeout("60s", asked.sql);
        return [];
      },
    );
    databases.close();
    const { lostConnections, transactionsEnded } = databases;
    played[name] = { told, lostConnections, transactionsEnded };
  }
  others.close();
  tell(played);
}
