/** Every fault there is. Adding one is a file and a line here. */
import { autovacuumPause } from "./autovacuum-pause.ts";
import { bloat } from "./bloat.ts";
import { cancelQueries } from "./cancel-queries.ts";
import { checkpointStorm } from "./checkpoint-storm.ts";
import { connectionStorm } from "./connection-storm.ts";
import { cpuLimit } from "./cpu-limit.ts";
import { ddlQueue } from "./ddl-queue.ts";
import { deadlocks } from "./deadlocks.ts";
import type { Fault } from "./fault.ts";
import { killBackends } from "./kill-backends.ts";
import { lockRows } from "./lock-rows.ts";
import { lockTable } from "./lock-table.ts";
import { maxConnections } from "./max-connections.ts";
import { poolLimit } from "./pool-limit.ts";
import { slotRetention } from "./slot-retention.ts";
import { tempSpill } from "./temp-spill.ts";
import { walFlood } from "./wal-flood.ts";
import { xminHolder } from "./xmin-holder.ts";

export const faults: readonly Fault[] = [
  autovacuumPause,
  bloat,
  cancelQueries,
  checkpointStorm,
  connectionStorm,
  cpuLimit,
  ddlQueue,
  deadlocks,
  killBackends,
  lockRows,
  lockTable,
  maxConnections,
  poolLimit,
  slotRetention,
  tempSpill,
  walFlood,
  xminHolder,
];
