import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { suiteSchemaText } from "../../src/cli/suite-schema.ts";

const suites = join(import.meta.dirname, "..", "..", "suites");
const stored = readFileSync(join(suites, "suite.schema.json"), "utf8");
const editors = z.fromJSONSchema(JSON.parse(stored) as Parameters<typeof z.fromJSONSchema>[0]);

describe("the schema of suites for editors", () => {
  it("is up to date: npm run docs:suite writes it", () => {
    expect(stored).toBe(suiteSchemaText());
  });

  it("takes the suite that ships with loadgen, which names it", () => {
    const text = readFileSync(join(suites, "nightly.yaml"), "utf8");
    expect(text).toMatch(/^# yaml-language-server: \$schema=.\/suite.schema.json/);
    expect(editors.safeParse(parse(text)).error).toBeUndefined();
  });

  it.each([
    ["an option that there is none of", { name: "a", scenario: "concurrent", speed: 7 }],
    ["a value that is none of a few", { name: "a", scenario: "concurrent", engine: "go" }],
    ["a run without a scenario", { name: "a" }],
    ["expressions that are no list", { name: "a", scenario: "b", thresholds: { latency: "p" } }],
    ["a server's address, which has a password", { name: "a", scenario: "b", url: "postgres:" }],
    ["what tells of one run's metrics", { name: "a", scenario: "b", "metrics-port": 9464 }],
  ])("refuses %s", (_, run) => {
    expect(editors.safeParse({ name: "s", runs: [run] }).success).toBe(false);
  });

  it("takes numbers and texts, as on the command line", () => {
    const run = { name: "a", scenario: "b", sessions: 8, duration: "20s", chaos: ["crash@1s"] };
    expect(editors.safeParse({ name: "s", runs: [run] }).success).toBe(true);
  });
});
