import { describe, expect, it } from "vitest";
import type { OptionValue, Planned } from "../../../src/core/scenario.ts";
import { transactionStream } from "../../../src/core/random.ts";
import type { Row, Step } from "../../../src/core/step.ts";
import { namesOf, stepThrough } from "../../helpers/drive.ts";
import { contextOf, scenarioNamed, worldOf } from "../worlds.ts";

const world = worldOf({ documents: 1, aliases: 1 });

function drawn(
  options: Readonly<Record<string, OptionValue>>,
  { session = 0, strategies = {} }: { session?: number; strategies?: Record<string, string> } = {},
): Planned {
  const scenario = scenarioNamed("history-write");
  const context = { ...contextOf(scenario, options), strategies };
  const prepared = stepThrough(scenario.prepare(context), world);
  expect(prepared.failure).toBeUndefined();
  return scenario.draw(transactionStream(1, "measured", 0, 0), prepared.result, context, session);
}

const answer = (step: Step): readonly Row[] =>
  "statement" in step && step.statement.name === "open-block" ? [{ height: 105 }] : [];

/** Of the first event of a block, in the order of the columns. */
function firstOrder(planned: Planned): unknown {
  const { steps } = stepThrough(planned.steps(), answer);
  const [insert] = steps.flatMap((step) =>
    "parameters" in step && step.statement.name === "insert-orders" ? [step.parameters] : [],
  );
  return (insert?.[0] as readonly string[])[0];
}

describe("history-write", () => {
  it("writes a block in one transaction, and asks for its height first", () => {
    const { steps } = stepThrough(drawn({}).steps(), answer);
    expect(namesOf(steps)).toEqual([
      "begin",
      "open-block",
      "insert-block",
      "insert-orders",
      "read-balances",
      "insert-balance",
      "read-positions",
      "insert-position",
      "insert-market_data",
      "upsert-proposal",
      "commit",
    ]);
  });

  it("copies, and writes currents itself, where the variant says so", () => {
    const strategies = { write: "copy", currents: "client" };
    const { steps } = stepThrough(drawn({}, { strategies }).steps(), answer);
    expect(namesOf(steps).slice(2, 6)).toEqual([
      "insert-block",
      "copy-orders",
      "upsert-current-orders",
      "read-balances",
    ]);
  });

  it("has the same orders in every session, or each its own", () => {
    const of = (ids: string, session: number) => firstOrder(drawn({ ids }, { session }));
    expect(of("shared", 1)).toBe(of("shared", 2));
    expect(of("sharded", 1)).not.toBe(of("sharded", 2));
  });

  it("waits for writers at read committed, whatever the run's level", () => {
    const scenario = scenarioNamed("history-mixed");
    const given = { "write-block": 0, "drop-oldest-day": 1, "restore-newest-day": 1 };
    const context = {
      ...contextOf(scenario, { weights: given }),
      isolation: "serializable" as const,
    };
    const { result } = stepThrough(scenario.prepare(context), world);
    const planned = [0, 1, 2, 3, 4, 5].map((number) =>
      scenario.draw(transactionStream(1, "measured", 0, number), result, context, 0),
    );
    expect(new Set(planned.map(({ operation }) => operation)).size).toBe(2);
    for (const { operation, steps } of planned) {
      const [begin] = stepThrough(steps(), () => [{ surplus: 1, events: 1 }]).steps;
      expect(begin, operation).toMatchObject({ kind: "begin", isolation: "read-committed" });
    }
  });

  it("drops a day only where one was rolled on", () => {
    const scenario = scenarioNamed("history-upkeep");
    const context = contextOf(scenario, { weights: { "drop-oldest-day": 1 } });
    const { result } = stepThrough(scenario.prepare(context), world);
    const { steps } = scenario.draw(transactionStream(1, "measured", 0, 0), result, context, 0);
    const asked = (surplus: number) => namesOf(stepThrough(steps(), () => [{ surplus }]).steps);
    expect(asked(1)).toEqual(["begin", "roll-day-on", "drop-oldest-day", "commit"]);
    expect(asked(0)).toEqual(["begin", "roll-day-on", "commit"]);
  });

  it("refuses what is out of bounds", () => {
    const scenario = scenarioNamed("history-write");
    for (const [options, code] of [
      [{ late: 101 }, "late"],
      [{ events: 10_001 }, "events"],
    ] as const) {
      const prepare = () => scenario.prepare(contextOf(scenario, options));
      expect(prepare).toThrow(expect.objectContaining({ kind: "refused", code }) as Error);
    }
  });
});
