/** What a run is asked for: all that its phases need, and nothing that they could look up. */
import type { Plan } from "../core/plan.ts";
import type { Scenario } from "../core/scenario.ts";
import type { K6Tools } from "../engine/k6/crew.ts";
import type { System } from "../core/system.ts";
import type { Threshold } from "../metrics/thresholds/threshold-text.ts";
import type { HostControl } from "../faults/host.ts";
import type { Address } from "../server/address.ts";
import type { Calibration } from "./calibration.ts";
import type { ArmedFault } from "./faults/fault-course.ts";
import type { RunListener } from "./listener.ts";
import type { RunFolder } from "./store.ts";

export interface RunRequest {
  readonly runId: string;
  readonly plan: Plan;
  readonly scenario: Scenario;
  readonly system: System | null;
  readonly thresholds: readonly Threshold[];
  readonly armed: readonly ArmedFault[];
  /** The maintenance database; with `existing` the database to run in. */
  readonly server: {
    readonly address: Address;
    readonly embedded: boolean;
    /** Null: the server's processes are not ours to stop. */
    readonly host: HostControl | null;
    /** Asked when a connection died: true once the server may be back that a living run has stopped. */
    readonly comesBack: () => Promise<boolean>;
  };
  /** Null: the engine is another one. */
  readonly k6: K6Tools | null;
  readonly journalFolder: string;
  /** Where equal runs are remembered. */
  readonly noiseFolder: string;
  /** This machine's own ceiling, if it was measured. */
  readonly calibration: Calibration | null;
  readonly folder: RunFolder;
  /** Aborts with "SIGINT" or "SIGTERM" as its reason. */
  readonly interrupted: AbortSignal;
  readonly listener: RunListener;
}
