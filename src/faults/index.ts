/** Every fault there is. Adding one is a file and a line here. */
import { autovacuumPause } from "./autovacuum-pause.ts";
import { bandwidth } from "./bandwidth.ts";
import { commitDelay } from "./commit-delay.ts";
import { commitReplyLost } from "./commit-reply-lost.ts";
import { cpuLimit } from "./cpu-limit.ts";
import type { Fault } from "./fault.ts";
import { halfOpen } from "./half-open.ts";
import { killBackends } from "./kill-backends.ts";
import { latency } from "./latency.ts";
import { parseCut } from "./parse-cut.ts";
import { poolLimit } from "./pool-limit.ts";
import { reset } from "./reset.ts";

export const faults: readonly Fault[] = [
  autovacuumPause,
  bandwidth,
  commitDelay,
  commitReplyLost,
  cpuLimit,
  halfOpen,
  killBackends,
  latency,
  parseCut,
  poolLimit,
  reset,
];
