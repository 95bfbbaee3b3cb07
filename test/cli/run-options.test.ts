import { Command } from "commander";
import { describe, expect, it } from "vitest";
import {
  declareFixtureOptions,
  declareRunOptions,
  parseRunOptions,
} from "../../src/cli/run-options.ts";

/** As the command line hands it over: what commander made of these words. */
function given(...words: readonly string[]): Readonly<Record<string, unknown>> {
  const command = new Command().exitOverride();
  declareRunOptions(command);
  return command.parse(words, { from: "user" }).opts();
}

describe("the options of a run", () => {
  it("are absent where they were not given, but for the repeatable ones", () => {
    expect(parseRunOptions(given())).toEqual({
      options: { chaos: [], while: [], thresholds: [], sizes: {} },
      problems: [],
    });
  });

  it("are parsed, each under its flag's name in camel case", () => {
    const words = [
      ["--sessions", "100", "--duration", "20s", "--warmup", "0s", "--think", "0", "--hold", "5ms"],
      ["--seed", "0", "--fixture", "small", "--documents", "200", "--references", "2000"],
      ["--partitions", "4", "--average-references", "10", "--variant", "current"],
      ["--isolation", "serializable", "--pool-max", "6", "--timeout", "1m", "--grace", "0s"],
      ["--statement-timeout", "0s", "--lock-timeout", "1h", "--allow-chaos-on", "mine"],
      ["--rate", "100..250.5", "--arrivals", "constant", "--workers", "2", "--driver", "plain"],
      ["--engine", "pg", "--url", "postgresql://h/d", "--out", "out", "--repeat", "run"],
      [
        "--chaos",
        "one",
        "--chaos",
        "two",
        "--while",
        "vacuum",
        "--thresholds",
        "a.yaml",
        "--thresholds=b.yaml",
      ],
      ["--driver-sockets", "10", "--driver-overhead", "45ms"],
      ["--metrics-port", "0", "--otlp", "http://localhost:4318"],
      ["--existing", "--keep", "--ledger", "--quiet", "--json"],
    ].flat();
    expect(parseRunOptions(given(...words))).toEqual({
      problems: [],
      options: {
        sessions: 100,
        duration: 20_000,
        warmup: 0,
        think: [0, 0],
        hold: 5,
        metricsPort: { host: "127.0.0.1", port: 0 },
        otlp: "http://localhost:4318",
        seed: 0,
        fixture: "small",
        sizes: { documents: 200, references: 2000, partitions: 4, averageReferences: 10 },
        variant: "current",
        isolation: "serializable",
        poolMax: 6,
        timeout: 60_000,
        grace: 0,
        statementTimeout: 0,
        lockTimeout: 3_600_000,
        allowChaosOn: "mine",
        rate: [100, 250.5],
        arrivals: "constant",
        workers: 2,
        driver: "plain",
        driverSockets: 10,
        driverOverhead: 45,
        engine: "pg",
        url: "postgresql://h/d",
        out: "out",
        repeat: "run",
        chaos: ["one", "two"],
        while: ["vacuum"],
        thresholds: ["a.yaml", "b.yaml"],
        existing: true,
        keep: true,
        ledger: true,
        quiet: true,
        json: true,
      },
    });
  });

  it("tell every problem, each with its option", () => {
    const words = ["--sessions", "0", "--duration", "20", "--transactions", "-1", "--seed", "x"];
    const more = ["--think", "1", "--isolation", "dirty", "--engine", "k7", "--timeout", "0s"];
    const load = ["--rate", "0", "--arrivals", "normal", "--workers", "257", "--driver", "pg"];
    const connections = ["--pool-max", "10001", "--driver-sockets", "0", "--driver-overhead", "5"];
    const all = [...words, ...more, ...load, ...connections];
    const { problems } = parseRunOptions(given(...all));
    expect(problems.map((problem) => problem.split(": ")[0]).sort()).toEqual(
      all.filter((word) => word.startsWith("--")).sort(),
    );
  });

  it("count as not given where they could not be read", () => {
    const { options } = parseRunOptions(
      given("--duration", "5", "--documents", "x", "--seed", "1"),
    );
    expect(options).toEqual({ chaos: [], while: [], thresholds: [], sizes: {}, seed: 1 });
  });

  it.each(["--duration", "--warmup", "--hold", "--timeout", "--grace", "--driver-overhead"])(
    "%s is at most a day",
    (flag) => {
      expect(parseRunOptions(given(flag, "24h")).problems).toEqual([]);
      expect(parseRunOptions(given(flag, "25h")).problems).toEqual([
        `${flag}: expected at most 24h`,
      ]);
    },
  );

  it("for a fixture are those that say which data", () => {
    const command = new Command().exitOverride();
    declareFixtureOptions(command);
    const options = command.parse(["--documents", "10"], { from: "user" }).opts();
    expect(options).toEqual({ system: "dms", documents: "10" });
    expect(command.options.map(({ long }) => long)).not.toContain("--sessions");
  });

  it("do not repeat a collector's password", () => {
    const { problems } = parseRunOptions(given("--otlp", "http://me:secret@here", "--seed", "x"));
    expect(problems).toHaveLength(2);
    expect(problems.join()).toContain("--otlp: expected an address without a password");
    expect(problems.join()).not.toContain("secret");
  });
});
