import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { commandsText } from "../../src/cli/k6-commands-text.ts";
import { findScenario } from "../../src/cli/scenario-file.ts";
import { planWith } from "../helpers/plan.ts";

describe("the commands of an export", () => {
  it("wait for runners that have started, or are done already", async () => {
    const found = await findScenario("point-read");
    if (!found.ok) throw new Error(found.problems.join());
    const text = commandsText({
      name: "far",
      scenario: found.value.scenario,
      image: "far:1",
      plan: planWith(),
      parallelism: 2,
    });
    const waiting = /for second in [^]*?\n {3}done\n/.exec(text)?.[0] ?? "no loop";
    const secondsBy = (stage: string) => {
      const shell = `kubectl() { printf %s ${stage}; }; sleep() { :; }; ${waiting}echo $second`;
      return Number(spawnSync("sh", ["-c", shell], { encoding: "utf8" }).stdout);
    };
    expect(["started", "stopped", "finished", "error"].map(secondsBy)).toEqual([1, 1, 1, 1]);
    expect(secondsBy("created")).toBe(900);
  });
});
