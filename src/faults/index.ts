/** Every fault there is. Adding one is a file and a line here. */
import { autovacuumPause } from "./autovacuum-pause.ts";
import { cancelQueries } from "./cancel-queries.ts";
import { connectionStorm } from "./connection-storm.ts";
import { cpuLimit } from "./cpu-limit.ts";
import { crash } from "./crash.ts";
import { ddlQueue } from "./ddl-queue.ts";
import { deadlocks } from "./deadlocks.ts";
import type { Fault } from "./fault.ts";
import { freeze } from "./freeze.ts";
import { killBackends } from "./kill-backends.ts";
import { lockRows } from "./lock-rows.ts";
import { lockTable } from "./lock-table.ts";
import { maxConnections } from "./max-connections.ts";
import { poolLimit } from "./pool-limit.ts";
import { restart } from "./restart.ts";

export const faults: readonly Fault[] = [
  autovacuumPause,
  cancelQueries,
  connectionStorm,
  cpuLimit,
  crash,
  ddlQueue,
  deadlocks,
  freeze,
  killBackends,
  lockRows,
  lockTable,
  maxConnections,
  poolLimit,
  restart,
];
