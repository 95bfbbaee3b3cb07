import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/cli/problems.ts";
import { parseWatchOptions } from "../../src/cli/watch-options.ts";

const given = { applicationName: "app", duration: "30s" };

function problems(words: readonly string[], options: Readonly<Record<string, unknown>>) {
  try {
    parseWatchOptions(words, options);
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
  throw new Error("nothing was wrong");
}

describe("the options of watch", () => {
  it("are read", () => {
    const more = { clients: "32", url: "postgresql://me@host/mine", json: true, quiet: true };
    expect(parseWatchOptions([], { ...given, ...more })).toEqual({
      ...more,
      applicationName: "app",
      duration: 30_000,
      clients: 32,
    });
    expect(parseWatchOptions([], given)).toEqual({ applicationName: "app", duration: 30_000 });
  });

  it("have all their problems told at once", () => {
    expect(problems(["foo", "--bar"], { duration: "1", clients: "0" })).toEqual([
      'expected options only, got "foo"',
      "unknown option --bar: see loadgen watch --help",
      "--application-name: expected what the application_name of the load's connections begins with",
      expect.stringMatching(/^--duration: expected a duration such as 30s.*got "1"$/),
      '--clients: expected a whole number from 1 to 1000000, got "0"',
    ]);
  });

  it.each([
    [{ applicationName: "" }, /^--application-name: expected what/],
    [{ duration: "25h" }, /^--duration: expected at most 24h$/],
    [{ duration: "999ms" }, /^--duration: .*at least 1000 ms/],
  ])("are not %j", (wrong, problem) => {
    expect(problems([], { ...given, ...wrong })).toEqual([expect.stringMatching(problem)]);
  });
});
