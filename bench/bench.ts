/** What every subject of the bench measures with, and where it tells of it. */
import type { BenchOptions } from "./options.ts";
import type { Pgbench } from "./pgbench.ts";
import type { BenchServer } from "./server.ts";
import type { Table } from "./table.ts";

export interface Telling {
  /** A table that is printed as its rows come, and goes into the report. */
  readonly table: (title: string, heading: readonly string[]) => Table;
  /** What a reader must know beside the figures; printed, and in the report. */
  readonly note: (text: string) => void;
  /** What is being done; printed only. */
  readonly progress: (text: string) => void;
}

export interface Bench extends Telling {
  readonly server: BenchServer;
  /** The name of the template database with the fixture. */
  readonly fixture: string;
  /** Null: not installed. */
  readonly pgbench: Pgbench | null;
  /** The built command of loadgen. */
  readonly loadgen: string;
  readonly options: BenchOptions;
  readonly stop: AbortSignal;
}
