/** Every fault there is. Adding one is a file and a line here. */
import { autovacuumPause } from "./autovacuum-pause.ts";
import { cpuLimit } from "./cpu-limit.ts";
import { crash } from "./crash.ts";
import type { Fault } from "./fault.ts";
import { freeze } from "./freeze.ts";
import { killBackends } from "./kill-backends.ts";
import { poolLimit } from "./pool-limit.ts";
import { restart } from "./restart.ts";

export const faults: readonly Fault[] = [
  autovacuumPause,
  cpuLimit,
  crash,
  freeze,
  killBackends,
  poolLimit,
  restart,
];
