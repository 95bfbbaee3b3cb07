import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failure.ts";
import { connected, fill, inside, lookUp, pass } from "../../src/core/service.ts";
import { type Cache, type Gate, statement } from "../../src/core/step.ts";
import { execute } from "../../src/core/transaction.ts";
import { play } from "./play.ts";

const lock: Gate = { name: "lock", capacity: 1 };
const cores: Gate = { name: "cores", capacity: 3 };
const claims: Cache = { name: "claims", lastsMs: 1_000, aheadMs: 0 };
const write = statement("write", "select 1");
const failure = new Failure("sql", "22012", "division by zero");

describe("inside a gate", () => {
  it("something is done between entering and leaving, in other gates, too", () => {
    const body = () => inside(cores, () => pass(20));
    expect(play(inside(lock, body)).asked).toEqual([
      "enter lock",
      "enter cores",
      "pause 20",
      "leave cores",
      "leave lock",
    ]);
  });

  it("a failure leaves it and goes on", () => {
    const played = play(
      inside(lock, () => execute(write)),
      { "execute write": failure },
    );
    expect(played.asked).toEqual(["enter lock", "execute write", "leave lock"]);
    expect(played.thrown).toBe(failure);
  });

  it("nobody is who was not let in", () => {
    const played = play(
      inside(lock, () => execute(write)),
      { "enter lock": failure },
    );
    expect(played.asked).toEqual(["enter lock"]);
    expect(played.thrown).toBe(failure);
  });
});

describe("a connection that is taken", () => {
  it("is returned after the body", () => {
    expect(play(connected(() => execute(write))).asked).toEqual([
      "take-connection",
      "execute write",
      "return-connection",
    ]);
  });

  it("is returned after a failure, and none is that was not to be had", () => {
    const after = (step: string) =>
      play(
        connected(() => execute(write)),
        { [step]: failure },
      );
    expect(after("execute write")).toMatchObject({
      asked: ["take-connection", "execute write", "return-connection"],
      thrown: failure,
    });
    expect(after("take-connection")).toMatchObject({ asked: ["take-connection"], thrown: failure });
  });
});

describe("a cache", () => {
  it("says how it is, and is filled by what is done then", () => {
    expect(play(lookUp(claims), { "look-up claims": [{ state: "ahead" }] }).result).toBe("ahead");
    const fetch = () => pass(40);
    expect(play(fill(claims, fetch)).asked).toEqual(["pause 40", "filled claims"]);
    expect(play(fill(claims, fetch), { "pause 40": failure }).asked).toEqual(["pause 40"]);
  });
});

describe("a time that passes", () => {
  it("is no step if it is none", () => {
    expect(play(pass(0)).asked).toEqual([]);
  });
});
