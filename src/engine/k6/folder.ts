/** The folder that k6 runs in: the script, what it is told, and the world that it draws from. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plan } from "../../core/plan.ts";
import type { Context, Scenario } from "../../core/scenario.ts";
import { sessionPrefix } from "../session-name.ts";
import { bundle } from "./bundle.ts";
import { dueTimes } from "./due-times.ts";
import { arrivalsFile, type K6Setting, settingFile, worldFile } from "./setting.ts";
import { revivedWorld, shareWorld } from "./shared-world.ts";

export interface K6ScriptOptions {
  readonly modules: string;
  readonly plan: Plan;
  readonly scenario: Scenario;
}

export interface K6SettingOptions {
  /** Which run this is. */
  readonly run: string;
  readonly plan: Plan;
  readonly scenario: Scenario;
  readonly context: Context;
  readonly world: unknown;
  readonly settingsAtStart: boolean;
  readonly slotMs: number;
}

export const scriptFile = "script.js";

/** Both; rejects with a WorldProblem where the world is not plain data. */
export async function writeK6Folder(
  folder: string,
  options: K6ScriptOptions & K6SettingOptions,
): Promise<void> {
  await writeSetting(folder, options);
  await writeScript(folder, options);
}

/** What k6 is told before it starts. Rejects with a WorldProblem. */
export async function writeSetting(folder: string, options: K6SettingOptions): Promise<void> {
  const { run, plan, context, settingsAtStart, slotMs } = options;
  const { shared, arrays } = shareWorld(options.world);
  const setting: K6Setting = {
    run,
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
}

/** What `writeSetting` wrote. */
export async function readSetting(
  folder: string,
): Promise<{ readonly setting: K6Setting; readonly world: unknown }> {
  const read = async (name: string) =>
    JSON.parse(await readFile(join(folder, name), "utf8")) as unknown;
  const setting = (await read(settingFile)) as K6Setting;
  const arrays = (await read(worldFile)) as readonly (readonly unknown[])[];
  return { setting, world: revivedWorld(setting.world.outline, (index) => arrays[index] ?? []) };
}

/** What k6 runs. */
export async function writeScript(
  folder: string,
  { modules, plan, scenario }: K6ScriptOptions,
): Promise<void> {
  const sql = plan.scenario.endsWith(".sql")
    ? { name: scenario.name, text: await readFile(plan.scenario, "utf8") }
    : null;
  await bundle({ modules, scenario: plan.scenario, sql }, join(folder, scriptFile));
}
