/** Every fault there is. Adding one is a file and a line here. */
import { autovacuumPause } from "./autovacuum-pause.ts";
import { cpuLimit } from "./cpu-limit.ts";
import type { Fault } from "./fault.ts";
import { killBackends } from "./kill-backends.ts";
import { poolLimit } from "./pool-limit.ts";

export const faults: readonly Fault[] = [autovacuumPause, cpuLimit, killBackends, poolLimit];
