import { describe, expect, it } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import { type Step, statement } from "../../../src/core/step.ts";
import { atomically, execute, query, type Transaction } from "../../../src/core/transaction.ts";
import { drive } from "../../../src/engine/pg/drive.ts";

const settings = { isolation: "read-committed", holdMs: 0 } as const;
const read = statement("read", "select 1 as one");

function* reading(): Transaction<number> {
  const rows = yield* query(read);
  return Number(rows[0]?.one);
}

describe("drive", () => {
  it("sends the rows of each step in, and returns what the transaction returns", async () => {
    const kinds: string[] = [];
    const result = await drive(atomically(settings, reading), (step) => {
      kinds.push(step.kind);
      return Promise.resolve(step.kind === "query" ? [{ one: 1 }] : []);
    });
    expect(result).toBe(1);
    expect(kinds).toEqual(["begin", "query", "commit"]);
  });

  it("performs nothing for a transaction that asks for nothing", async () => {
    const nothing = function* (): Transaction<string> {
      return "done";
    };
    const performed: Step[] = [];
    const result = await drive(nothing(), (step) => {
      performed.push(step);
      return Promise.resolve([]);
    });
    expect(result).toBe("done");
    expect(performed).toEqual([]);
  });

  it("throws a failure into the transaction, which rolls back before it goes on", async () => {
    const kinds: string[] = [];
    const failure = new Failure("sql", "23505", "duplicate key");
    const driven = drive(atomically(settings, reading), (step) => {
      kinds.push(step.kind);
      return step.kind === "query" ? Promise.reject(failure) : Promise.resolve([]);
    });
    await expect(driven).rejects.toBe(failure);
    expect(kinds).toEqual(["begin", "query", "rollback"]);
  });

  it("lets a transaction recover from a failure and go on", async () => {
    const transaction = function* (): Transaction<string> {
      try {
        yield* execute(read);
        return "read";
      } catch {
        return `recovered, then read ${yield* reading()}`;
      }
    };
    let performed = 0;
    const result = await drive(transaction(), () =>
      performed++ === 0
        ? Promise.reject(new Failure("sql", "42P01", "no such table"))
        : Promise.resolve([{ one: 1 }]),
    );
    expect(result).toBe("recovered, then read 1");
  });

  it("lets a bug go on, wherever it is", async () => {
    const bug = new TypeError("no such thing");
    const inScenario = function* (): Transaction {
      yield* execute(read);
      throw bug;
    };
    await expect(drive(inScenario(), () => Promise.resolve([]))).rejects.toBe(bug);
    await expect(drive(reading(), () => Promise.reject(bug))).rejects.toBe(bug);
  });
});
