/** Every fault of the catalogue. Adding one is a file and a line here. */
import { autovacuumPause } from "./autovacuum-pause.ts";
import { bandwidth } from "./bandwidth.ts";
import { bloat } from "./bloat.ts";
import { cancelQueries } from "./cancel-queries.ts";
import { checkpointStorm } from "./checkpoint-storm.ts";
import { commitDelay } from "./commit-delay.ts";
import { commitReplyLost } from "./commit-reply-lost.ts";
import { connectionStorm } from "./connection-storm.ts";
import { cpuLimit } from "./cpu-limit.ts";
import { crash } from "./crash.ts";
import { ddlQueue } from "./ddl-queue.ts";
import { deadlocks } from "./deadlocks.ts";
import type { Fault } from "./fault.ts";
import { freeze } from "./freeze.ts";
import { halfOpen } from "./half-open.ts";
import { killBackends } from "./kill-backends.ts";
import { latency } from "./latency.ts";
import { lockRows } from "./lock-rows.ts";
import { lockTable } from "./lock-table.ts";
import { maxConnections } from "./max-connections.ts";
import { parseCut } from "./parse-cut.ts";
import { poolLimit } from "./pool-limit.ts";
import { reindex } from "./reindex.ts";
import { repartition } from "./repartition.ts";
import { reset } from "./reset.ts";
import { restart } from "./restart.ts";
import { slotRetention } from "./slot-retention.ts";
import { tempSpill } from "./temp-spill.ts";
import { walFlood } from "./wal-flood.ts";
import { sideTask } from "./while.ts";
import { xminHolder } from "./xmin-holder.ts";

export const faults: readonly Fault[] = [
  autovacuumPause,
  bandwidth,
  bloat,
  cancelQueries,
  checkpointStorm,
  commitDelay,
  commitReplyLost,
  connectionStorm,
  cpuLimit,
  crash,
  ddlQueue,
  deadlocks,
  freeze,
  halfOpen,
  killBackends,
  latency,
  lockRows,
  lockTable,
  maxConnections,
  parseCut,
  poolLimit,
  reindex,
  repartition,
  reset,
  restart,
  slotRetention,
  tempSpill,
  walFlood,
  xminHolder,
];

/** Of the catalogue, or what --while makes. Null: there is none of that name. */
export function faultNamed(name: string): Fault | null {
  return [...faults, sideTask].find((one) => one.name === name) ?? null;
}
