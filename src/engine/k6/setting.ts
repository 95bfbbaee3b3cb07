/** What the script is told before it starts: setting.json, beside it. Without any secret. */
import type { Plan } from "../../core/plan.ts";
import type { Phase } from "../../core/random.ts";
import type { Context } from "../../core/scenario.ts";
import type { SharedWorld } from "./shared-world.ts";

export interface K6Setting {
  /** Which run this is: in each of its lines, so that no other run's is taken for one of them. */
  readonly run: string;
  readonly plan: Plan;
  readonly context: Context;
  /** In the names of the sessions, before their numbers. */
  readonly sessionPrefix: string;
  /** Timeouts and isolation are asked for as a connection starts. */
  readonly settingsAtStart: boolean;
  /** How finely the course of a session is told; see `SlotJson`. */
  readonly slotMs: number;
  readonly world: SharedWorld;
}

/** Beside the script. */
export const settingFile = "setting.json";

/** The long arrays of the world, in order; in a file of their own, which is read once. */
export const worldFile = "world.json";

/** When arrivals are due, by phase and number, in whole microseconds from the start of the phase. */
export type DueTimes = Readonly<Record<Phase, readonly number[]>>;

/** When the arrivals of an open loop are due: `DueTimes`, in a file of their own. */
export const arrivalsFile = "arrivals.json";

/** Names of environment variables, for what is another one from run to run. */
export const environment = Object.freeze({
  /** As `conninfo` writes it, without a password: that is in PGPASSWORD, which the driver reads. */
  server: "LOADGEN_SERVER",
  /** Where the conductor listens; unset: nobody conducts. */
  conductor: "LOADGEN_CONDUCTOR",
});
