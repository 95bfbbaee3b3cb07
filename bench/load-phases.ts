/** What loading a fixture consists of, as both sides of the bench name it: what goes on side by side is one. */
import { basename } from "node:path";
import type { TableData } from "../src/core/system.ts";
import type { Fixture } from "../src/server/fixture/fixture.ts";
import { type ScriptStep, stagesOf } from "../src/server/fixture/load-steps.ts";
import type { Telling } from "./bench.ts";
import type { BenchServer } from "./server.ts";

export interface LoadPhase {
  readonly name: string;
  /** What loadgen says when it begins: any of these. */
  readonly steps: readonly string[];
  /** What psql does in it; a string is SQL, and nothing is nothing. */
  readonly work: readonly ScriptStep[] | TableData | string;
}

export interface LoadSide {
  readonly telling: Telling;
  readonly server: BenchServer;
  /** The built command of loadgen. */
  readonly loadgen: string;
  readonly stop: AbortSignal;
  /** The fixture's, by name. */
  readonly size: string;
  readonly fixture: Fixture;
  readonly phases: readonly LoadPhase[];
  /** The folder of the CSV files. */
  readonly csv: string;
  /** Takes a figure that is no phase. */
  readonly found: (what: string, value: number) => void;
}

/** loadgen's own start is in it. */
export const creating = "create database";

/** What psql does not do: nothing of it is an index or a key. */
const beside = [
  "base/write-path.sql",
  "base/full-reference.sql",
  "base/reverse-reference.sql",
  "base/payloads.sql",
];

/** In order. */
export async function phasesOf(fixture: Fixture): Promise<readonly LoadPhase[]> {
  const stages = await stagesOf(fixture);
  return [
    { name: creating, steps: [], work: [] },
    ...stages.map((stage): LoadPhase => {
      if (stage.kind === "table") {
        const { data } = stage.table;
        return { name: data.table, steps: [data.table], work: data };
      }
      const files = stage.scripts.map(({ file }) => file);
      const work = stage.scripts.filter(({ file }) => !beside.includes(file));
      return { name: files.map((file) => basename(file, ".sql")).join(" + "), steps: files, work };
    }),
    { name: "analyze; loadgen also vacuum (freeze)", steps: ["vacuum"], work: "analyze" },
  ];
}
