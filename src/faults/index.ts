/** Every fault there is. Adding one is a file and a line here. */
import { autovacuumPause } from "./autovacuum-pause.ts";
import { bloat } from "./bloat.ts";
import { checkpointStorm } from "./checkpoint-storm.ts";
import { cpuLimit } from "./cpu-limit.ts";
import type { Fault } from "./fault.ts";
import { killBackends } from "./kill-backends.ts";
import { poolLimit } from "./pool-limit.ts";
import { slotRetention } from "./slot-retention.ts";
import { tempSpill } from "./temp-spill.ts";
import { walFlood } from "./wal-flood.ts";
import { xminHolder } from "./xmin-holder.ts";

export const faults: readonly Fault[] = [
  autovacuumPause,
  bloat,
  checkpointStorm,
  cpuLimit,
  killBackends,
  poolLimit,
  slotRetention,
  tempSpill,
  walFlood,
  xminHolder,
];
