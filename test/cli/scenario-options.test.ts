import { describe, expect, it } from "vitest";
import { scenarios } from "../../scenarios/index.ts";
import {
  anyOf,
  defaultOptions,
  describeOptions,
  parseScenarioOptions,
} from "../../src/cli/scenario-options.ts";
import { defaultRetry } from "../../src/core/retry.ts";
import { defineScenario } from "../../src/core/scenario.ts";
import { alone } from "../../src/core/transaction.ts";

const own = defineScenario({
  name: "own",
  summary: "a scenario with an option of each kind",
  system: null,
  operations: ["ping"],
  defaults: { sessions: 2, thinkMs: [0, 0] },
  options: {
    bare: { kind: "flag", help: "without" },
    hot: { kind: "integer", min: 1, default: null, help: "how many" },
    size: { kind: "choice", values: ["small", "large"], default: "small", help: "how large" },
    mix: { kind: "weights", default: { read: 8, write: 2 }, help: "of what" },
  },
  retry: defaultRetry,
  thresholds: {},
  *prepare() {},
  draw: (_random, _world, context) => ({
    operation: "ping",
    inputs: [],
    steps: () => alone(context, { name: "ping", sql: "select 1" }),
  }),
});

describe("a scenario's own options", () => {
  it("have defaults", () => {
    expect(defaultOptions(own)).toEqual({
      bare: false,
      hot: null,
      size: "small",
      mix: { read: 8, write: 2 },
    });
  });

  it("are read with their values behind them, or behind an equals sign", () => {
    const words = ["--bare", "--hot", "3", "--size=large", "--mix", "write=0"];
    expect(parseScenarioOptions(own, words)).toEqual({
      options: { bare: true, hot: 3, size: "large", mix: { read: 8, write: 0 } },
      problems: [],
    });
  });

  it("are absent where they were not given", () => {
    expect(parseScenarioOptions(own, [])).toEqual({ options: {}, problems: [] });
  });

  it("tell every problem: wrong values, missing ones, unknown options and stray words", () => {
    const words = [
      "--hot",
      "0",
      "--size",
      "huge",
      "--bare=yes",
      "--hto",
      "5",
      "stray",
      "-x",
      "--mix",
    ];
    expect(parseScenarioOptions(own, words).problems).toEqual([
      '--hot: expected a whole number from 1, got "0"',
      '--size: expected one of small, large, got "huge"',
      "--bare: expected no value",
      "unknown option --hto: see loadgen run --help; own has --bare, --hot, --size, --mix of its own",
      'unexpected "stray": one scenario was expected, then options',
      expect.stringMatching(/^unknown option -x:/),
      '--mix: expected name=weight pairs such as read=1,write=1, got ""',
    ]);
  });

  it("are no names that every object has", () => {
    expect(parseScenarioOptions(own, ["--constructor", "--toString", "1"]).problems).toEqual([
      expect.stringMatching(/^unknown option --constructor/),
      expect.stringMatching(/^unknown option --toString/),
    ]);
  });

  it("are described with their values", () => {
    expect(describeOptions(own)).toEqual([
      "--bare  without",
      "--hot <integer>  how many",
      "--size <small|large>  how large",
      "--mix <weights>  of what",
    ]);
  });

  it("of all bundled scenarios together are what an unknown scenario may have", () => {
    const any = anyOf(scenarios);
    const words = [
      "--unlocked",
      "--payload",
      "heavy",
      "--hot",
      "3",
      "--weights",
      "read-document=1,write-block=1",
    ];
    expect(parseScenarioOptions(any, words).problems).toEqual([]);
    expect(parseScenarioOptions(any, ["--durations", "3"]).problems).toHaveLength(1);
  });
});
