import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { declareNightlyOptions } from "../../src/cli/nightly-options.ts";

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly if?: string;
  readonly steps: readonly {
    readonly id?: string;
    readonly run?: string;
    readonly uses?: string;
  }[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: { readonly night: Job; readonly comment: Job };
}

const file = join(import.meta.dirname, "..", "..", ".github", "workflows", "nightly.yml");
const workflow = parse(readFileSync(file, "utf8")) as Workflow;
const { night, comment } = workflow.jobs;
const scripts = night.steps.flatMap(({ run }) => run ?? []).join("\n");

/** The exit code and output of the night's step, where loadgen ends so and leaves these runs; null: nothing. */
async function nightThat(code: number, runs: readonly object[] | null): Promise<unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), "loadgen-workflow-"));
  try {
    await mkdir(join(folder, "dist"));
    const texts = { "nightly.json": JSON.stringify({ runs }), "summary.md": "# Night" };
    const writes = Object.entries(runs === null ? {} : texts).map(
      ([name, text]) =>
        `require("fs").writeFileSync(process.env.REPORT + "/${name}", ${JSON.stringify(text)});`,
    );
    const stub = `${writes.join("\n")}\nprocess.exitCode = ${code};`;
    await writeFile(join(folder, "dist", "loadgen.js"), stub);
    const script = night.steps.find(({ id }) => id === "night")?.run ?? "";
    const output = join(folder, "output");
    const { status } = spawnSync("bash", ["-e", "-c", script], {
      cwd: folder,
      env: {
        ...{ PATH: process.env.PATH, REPORT: folder, HISTORY: "history" },
        ...{ GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: join(folder, "step-summary") },
      },
    });
    return [status, (await readFile(output, "utf8")).trim()];
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("the nightly workflow", () => {
  it("runs at night and when asked to", () => {
    expect(Object.keys(workflow.on)).toEqual(["schedule", "workflow_dispatch"]);
  });

  it("gives loadgen nightly only options that it has", () => {
    const command = new Command();
    declareNightlyOptions(command);
    const known = command.options.map(({ long }) => long);
    const [, words = ""] = /node dist\/loadgen.js nightly (.*?) \|\|/.exec(scripts) ?? [];
    const given = words.match(/--[\w-]+/g) ?? [];
    expect(given).toContain("--history");
    expect(given.filter((option) => !known.includes(option))).toEqual([]);
  });

  it("ends as the night does, and comments where a run was slower, whatever else was found", async () => {
    const run = (verdict: string, moves: readonly object[] = []) => ({
      judgement: { kind: "judged", verdict },
      moves,
    });
    const moved = (isWorse: boolean, nightsAgo: number) => ({
      ...{ primary: true, isWeak: false },
      ...{ isWorse, nightsAgo },
    });
    expect(await nightThat(98, [run("same"), run("slower")])).toEqual([98, "slower=true"]);
    expect(await nightThat(97, [run("slower")])).toEqual([97, "slower=true"]);
    expect(await nightThat(99, [run("same", [moved(true, 2)])])).toEqual([99, "slower=true"]);
    expect(await nightThat(99, [run("same", [moved(true, 3), moved(false, 1)])])).toEqual([
      ...[99, "slower=false"],
    ]);
    expect(await nightThat(0, [run("same", [moved(true, 7)])])).toEqual([0, "slower=false"]);
    // Refused: there is neither nightly.json nor summary.md.
    expect(await nightThat(2, null)).toEqual([2, "slower=false"]);
  });

  it("may write nothing but a comment, in a job that runs none of our code", () => {
    expect(Object.values(workflow.permissions)).toEqual(["read"]);
    expect(Object.values(night.permissions ?? {})).toEqual(["read", "read"]);
    expect(comment.if).toContain("outputs.slower == 'true'");
    // What npm ci did not install, npx would fetch from anywhere.
    expect(scripts).not.toContain("npx");
    expect(
      comment.steps.every(({ uses, run }) => uses === undefined && !run?.includes("npx")),
    ).toBe(true);
  });
});
