/** The entry of a thread that drives a share of a run's sessions: only here can it find the scenario. */
import { parentPort, workerData } from "node:worker_threads";
import type { ThreadSetting } from "../engine/pg/crew-messages.ts";
import { serveCrew } from "../engine/pg/crew-thread.ts";
import { findScenario } from "./scenario-file.ts";

const setting = workerData as ThreadSetting;
const found = await findScenario(setting.plan.scenario);
if (parentPort === null || !found.ok) {
  throw new Error(`${setting.plan.scenario} is no scenario any more`);
}
serveCrew(parentPort, setting, found.value.scenario);
