/** What is known of the nights before, where their folders and the noise store are on this machine. */
import { dirname } from "node:path";
import { comparability } from "../compare/comparability.ts";
import type { Figures } from "../run/figures.ts";
import { recall } from "../run/noise-store.ts";
import type { RunResult } from "../run/result.ts";
import { storedRun } from "../run/stored-run.ts";
import type { History } from "../nightly/history.ts";
import type { NightsBefore } from "../nightly/night.ts";
import type { RunLine } from "../nightly/result.ts";
import { noiseFolder } from "./target.ts";

interface Asked extends Pick<NightsBefore, "at" | "path"> {
  readonly history: History;
  /** What is to be said of the night as a whole; it may be the same twice. */
  readonly note: (text: string) => void;
}

export function nightsBefore({ at, path, history: { nights }, note }: Asked): NightsBefore {
  const all = nights.flatMap(({ runs }) => Object.values(runs));
  const known = new Set(all.map(({ folder }) => folder));
  return {
    at,
    nights,
    path,
    remembered: async ({ noiseKey }, { name, folder }) => {
      const before = lastOf(name, nights);
      const keys = new Set([noiseKey, ...(before === null ? [] : [before.noiseKey])]);
      const without = new Set([...known, folder]);
      const groups = [...keys].map(async (key) => {
        try {
          return await equalRuns(key, without);
        } catch (error) {
          // The nights themselves still tell how much they differ.
          note(error instanceof Error ? error.message : String(error));
          return [];
        }
      });
      return Promise.all(groups);
    },
    differences: async (result, { name, folder }) => {
      const before = lastOf(name, nights);
      return before === null ? [] : differencesFrom(before, { result, folder });
    },
  };
}

/** The run of this name in the last night that had one. */
function lastOf(name: string, nights: History["nights"]): RunLine | null {
  return nights.findLast(({ runs }) => Object.hasOwn(runs, name))?.runs[name] ?? null;
}

/** None of those whose folders are given. */
async function equalRuns(key: string, without: ReadonlySet<string>): Promise<readonly Figures[]> {
  const { entries } = await recall(noiseFolder(), key);
  return entries.filter(({ run }) => !without.has(run)).map(({ figures }) => figures);
}

interface Tonight {
  readonly result: RunResult;
  /** Absolute. */
  readonly folder: string;
}

/** Where the earlier folder is gone, or tonight's runs took its place, the history has but the variant. */
async function differencesFrom(before: RunLine, tonight: Tonight): Promise<readonly string[]> {
  const isTonights = dirname(before.folder) === dirname(tonight.folder);
  const earlier = isTonights ? null : await storedRun(before.folder);
  if (earlier?.ok === true) return comparability([earlier.value], [tonight]);
  const { variant } = tonight.result.plan;
  if (variant === before.variant) return [];
  return [
    `variant: ${before.variant ?? "none"} in the baseline, ${variant ?? "none"} in the candidate`,
  ];
}
