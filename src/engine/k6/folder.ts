/** The folder that k6 runs in: the script, what it is told, and the world that it draws from. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plan } from "../../core/plan.ts";
import type { Context, Scenario } from "../../core/scenario.ts";
import { sessionPrefix } from "../session-name.ts";
import { bundle } from "./bundle.ts";
import { dueTimes } from "./due-times.ts";
import { arrivalsFile, type K6Setting, settingFile, worldFile } from "./setting.ts";
import { shareWorld } from "./shared-world.ts";

export interface K6FolderOptions {
  readonly modules: string;
  readonly plan: Plan;
  readonly scenario: Scenario;
  readonly context: Context;
  readonly world: unknown;
  readonly settingsAtStart: boolean;
  readonly slotMs: number;
}

export const scriptFile = "script.js";

/** Rejects with a WorldProblem where the world is not plain data. */
export async function writeK6Folder(folder: string, options: K6FolderOptions): Promise<void> {
  const { plan, context, settingsAtStart, slotMs } = options;
  const { shared, arrays } = shareWorld(options.world);
  const setting: K6Setting = {
    plan,
    context,
    sessionPrefix: sessionPrefix(options.scenario),
    settingsAtStart,
    slotMs,
    world: shared,
  };
  await writeFile(join(folder, settingFile), JSON.stringify(setting));
  await writeFile(join(folder, worldFile), JSON.stringify(arrays));
  if (plan.rate !== null) {
    await writeFile(join(folder, arrivalsFile), JSON.stringify(dueTimes(plan)));
  }
  const sql = plan.scenario.endsWith(".sql")
    ? { name: options.scenario.name, text: await readFile(plan.scenario, "utf8") }
    : null;
  const { modules } = options;
  await bundle({ modules, scenario: plan.scenario, sql }, join(folder, scriptFile));
}
