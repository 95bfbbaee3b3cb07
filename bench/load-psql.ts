/** One psql that loads ready-made CSV files, with the settings that loadgen has, timed by itself (\timing). */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Connection } from "../src/server/connection.ts";
import { privateName } from "../src/server/databases.ts";
import type { Fixture } from "../src/server/fixture/fixture.ts";
import { loadSettings } from "../src/server/fixture/load-fixture.ts";
import { withParameters } from "../src/server/sql-parameters.ts";
import { runChild } from "./child.ts";
import { creating, type LoadPhase, type LoadSide } from "./load-phases.ts";

/** Seconds by phase; its database is gone afterwards. */
export async function byPsql(side: LoadSide): Promise<ReadonlyMap<string, number>> {
  const { server, phases, fixture, csv, stop, found } = side;
  const name = privateName("bench");
  const file = join(server.folder, "psql.sql");
  const parts = phases.flatMap((phase) => {
    const text = textOf(phase, fixture, csv);
    return text === "" ? [] : [`\\echo ${marker}${phase.name}`, text];
  });
  const head = ["set client_min_messages = warning;", loadSettings, "\\timing on"];
  await writeFile(file, [...head, ...parts, ""].join("\n"));
  return Connection.use(server.admin, "loadgen/bench", async (admin) => {
    const startMs = performance.now();
    await admin.query(`create database ${name} template template0`);
    const createdMs = performance.now();
    try {
      const { code, stdout, stderr } = await runChild({
        program: "psql",
        words: ["-qX", "-v", "ON_ERROR_STOP=1", "-f", file],
        env: {
          ...{ PGHOST: "127.0.0.1", PGPORT: String(server.port), PGDATABASE: name },
          ...{ PGUSER: "loadgen", PGPASSWORD: server.password },
        },
        stop,
      });
      if (code !== 0) throw new Error(`psql ended with ${code}: ${stderr}`);
      const [size] = await admin.query("select pg_database_size($1)::text as bytes", [name]);
      found("psql's database, MB", Number(size?.bytes) / 1e6);
      return new Map([[creating, (createdMs - startMs) / 1000], ...timesIn(stdout)]);
    } finally {
      await admin.query(`drop database ${name} with (force)`);
    }
  });
}

const marker = "loadgen-phase: ";

/** Empty: psql does nothing in it. */
function textOf({ work }: LoadPhase, { parameters }: Fixture, csv: string): string {
  if (typeof work === "string") return `${work};`;
  if ("table" in work) {
    const file = join(csv, `${work.table.split(".")[1] ?? ""}.csv`);
    return `\\copy ${work.table} (${work.columns.join(", ")}) from '${file}' csv header`;
  }
  // A script may end in a comment, or without a semicolon.
  return work.map(({ text }) => `${withParameters(text, parameters)}\n;`).join("\n");
}

/** `Time: 12.345 ms`, one a statement; what is longer than a second stands behind it once more, in brackets. */
function timesIn(output: string): Map<string, number> {
  const seconds = new Map<string, number>();
  let phase = "";
  for (const line of output.split("\n")) {
    if (line.startsWith(marker)) phase = line.slice(marker.length);
    const ms = /^Time: ([\d.]+) ms/.exec(line)?.[1];
    if (ms !== undefined) seconds.set(phase, (seconds.get(phase) ?? 0) + Number(ms) / 1000);
  }
  return seconds;
}
