import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { declareNightlyOptions } from "../../src/cli/nightly-options.ts";

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly if?: string;
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
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

describe("the nightly workflow", () => {
  it("runs at night and when asked to", () => {
    expect(Object.keys(workflow.on)).toEqual(["schedule", "workflow_dispatch"]);
  });

  it("gives loadgen nightly only options that it has", () => {
    const command = new Command();
    declareNightlyOptions(command);
    const known = command.options.map(({ long }) => long);
    const [, words = ""] = /npx loadgen nightly (.*?) \|\|/.exec(scripts) ?? [];
    const given = words.match(/--[\w-]+/g) ?? [];
    expect(given).toContain("--history");
    expect(given.filter((option) => !known.includes(option))).toEqual([]);
  });

  it("may write nothing but a comment, in a job that runs none of our code", () => {
    expect(Object.values(workflow.permissions)).toEqual(["read"]);
    expect(Object.values(night.permissions ?? {})).toEqual(["read", "read"]);
    expect(comment.if).toContain("98");
    expect(
      comment.steps.every(({ uses, run }) => uses === undefined && !run?.includes("npx")),
    ).toBe(true);
  });
});
