import { describe, expect, it } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import { type Gate, type Step, statement } from "../../../src/core/step.ts";
import type { Connections } from "../../../src/engine/pg/connections.ts";
import { ServicePlaces } from "../../../src/engine/pg/service-places.ts";
import { ServiceRequest } from "../../../src/engine/pg/service-request.ts";
import { Stores } from "../../../src/engine/stores.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import type { GateTally } from "../../../src/metrics/tally.ts";

/** These requests ask for none: what does is in service.pg.test.ts. */
const noConnections = {
  lease: () => {
    throw new Error("no connection was expected to be asked for");
  },
} as unknown as Connections;

/** A service by a clock that stands still until a test moves it. */
class Service {
  readonly recorder = new Recorder();
  readonly over = new AbortController();
  #nowMs = 0;
  readonly #places = new ServicePlaces(() => this.#nowMs);

  request(): ServiceRequest {
    return new ServiceRequest({
      session: 0,
      places: this.#places,
      stores: new Stores(),
      connections: noConnections,
      recorder: this.recorder,
      clockMs: () => this.#nowMs,
      context: { operation: "serve", signal: this.over.signal, onStatement: () => undefined },
    });
  }

  /** Whoever was let in by now has noticed before the clock moves. */
  async later(ms: number): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#nowMs += ms;
  }

  /** What was recorded of a gate. */
  seen(gate: Gate): GateTally {
    return this.recorder.take().gate(gate);
  }
}

const lock: Gate = { name: "lock", capacity: 1 };
const cores: Gate = { name: "cores", capacity: 2 };
const enter = (gate: Gate): Step => ({ kind: "enter", gate });
const leave = (gate: Gate): Step => ({ kind: "leave", gate });
const abandoned = { kind: "timeout", code: "the-end" };

function drop(request: ServiceRequest): void {
  request.abandon("timeout", "the-end");
}

/** Those who were let in, in that order; each waits as long as it has to. */
function entering(gate: Gate, requests: readonly ServiceRequest[]): number[] {
  const inside: number[] = [];
  requests.forEach((request, number) => {
    void request.perform(enter(gate)).then(() => inside.push(number));
  });
  return inside;
}

describe("a request at a gate", () => {
  it("is let in if there is room, and else when one leaves, first come, first served", async () => {
    const service = new Service();
    const requests = [0, 1, 2, 3].map(() => service.request());
    const inside = entering(cores, requests);
    await service.later(0);
    expect(inside).toEqual([0, 1]);
    await requests[1]!.perform(leave(cores));
    await service.later(0);
    expect(inside).toEqual([0, 1, 2]);
    await requests[0]!.perform(leave(cores));
    await service.later(0);
    expect(inside).toEqual([0, 1, 2, 3]);
  });

  it("has its wait, its hold and the longest queue recorded", async () => {
    const service = new Service();
    const requests = [0, 1, 2].map(() => service.request());
    entering(lock, requests);
    await service.later(10);
    await requests[0]!.perform(leave(lock));
    await service.later(20);
    await requests[1]!.perform(leave(lock));
    await service.later(0);
    const { capacity, wait, hold, queueMax } = service.seen(lock);
    expect({ capacity, queueMax, visits: hold.count }).toEqual({
      capacity: 1,
      queueMax: 2,
      visits: 2,
    });
    expect([wait.min, wait.max]).toEqual([0, 10_000]);
    expect([hold.min, hold.max]).toEqual([10_000, 20_000]);
  });

  it("holds it for no longer than it does something there: waits for other gates do not count", async () => {
    const service = new Service();
    const [other, mine] = [service.request(), service.request()];
    const core: Gate = { name: "core", capacity: 1 };
    await other.perform(enter(core));
    await mine.perform(enter(lock));
    await service.later(5);
    const waiting = mine.perform(enter(core));
    await service.later(30);
    await other.perform(leave(core));
    await waiting;
    await service.later(20);
    await mine.perform(leave(core));
    await service.later(1);
    await mine.perform(leave(lock));
    const tally = service.recorder.take();
    expect(tally.gate(lock).hold.max).toBe(26_000);
    expect([tally.gate(core).hold.min, tally.gate(core).hold.max]).toEqual([20_000, 35_000]);
    expect(tally.gate(core).wait.max).toBe(30_000);
    expect(mine.poolWaitMs).toBe(0);
  });

  it("finds the same caches as all others", async () => {
    const service = new Service();
    const cache = { name: "claims", lastsMs: 10, aheadMs: 0 };
    const seenBy = (request: ServiceRequest) => request.perform({ kind: "look-up", cache });
    const [one, other] = [service.request(), service.request()];
    expect(await seenBy(one)).toEqual([{ state: "due" }]);
    await one.perform({ kind: "filled", cache });
    expect(await seenBy(other)).toEqual([{ state: "fresh" }]);
    await service.later(10);
    expect(await seenBy(other)).toEqual([{ state: "due" }]);
  });
});

describe("a request that ends", () => {
  it("gives back all that it still holds, in other gates, too", async () => {
    const service = new Service();
    const [mine, next] = [service.request(), service.request()];
    await mine.perform(enter(lock));
    await mine.perform(enter(cores));
    const waiting = next.perform(enter(lock));
    await service.later(7);
    mine.giveBack();
    await waiting;
    const tally = service.recorder.take();
    expect([tally.gate(lock).hold.max, tally.gate(cores).hold.max]).toEqual([7_000, 7_000]);
    // There is nothing left to give.
    mine.giveBack();
    expect(service.seen(lock).hold.count).toBe(0);
  });
});

describe("a request that is abandoned", () => {
  it("stops waiting at a gate, and its place goes to the next", async () => {
    const service = new Service();
    const [first, second, third] = [service.request(), service.request(), service.request()];
    await first.perform(enter(lock));
    const waiting = second.perform(enter(lock));
    const other = third.perform(enter(lock));
    drop(second);
    await expect(waiting).rejects.toMatchObject(abandoned);
    await expect(waiting).rejects.toBeInstanceOf(Failure);
    second.giveBack();
    await first.perform(leave(lock));
    await other;
    await third.perform(leave(lock));
    // Nobody has a place that is not given back.
    await service.request().perform(enter(lock));
  });

  it("leaves the gates that it is inside of, without the wait in which it was dropped", async () => {
    const service = new Service();
    const [holder, mine] = [service.request(), service.request()];
    await holder.perform(enter(lock));
    await mine.perform(enter(cores));
    await service.later(3);
    const waiting = mine.perform(enter(lock));
    await service.later(50);
    drop(mine);
    await expect(waiting).rejects.toMatchObject(abandoned);
    await mine.perform(leave(cores));
    expect(service.seen(cores).hold.max).toBe(3_000);
  });

  it("even where all wait for one another", async () => {
    const service = new Service();
    const [one, other] = [service.request(), service.request()];
    const second: Gate = { name: "second", capacity: 1 };
    await one.perform(enter(lock));
    await other.perform(enter(second));
    const waiting = [one.perform(enter(second)), other.perform(enter(lock))];
    for (const request of [one, other]) drop(request);
    const ended = await Promise.allSettled(waiting);
    expect(ended.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    for (const request of [one, other]) request.giveBack();
    await service.request().perform(enter(lock));
    await service.request().perform(enter(second));
  });

  it("stops pausing, and does nothing any more but give back", async () => {
    const service = new Service();
    const request = service.request();
    await request.perform(enter(lock));
    const pausing = request.perform({ kind: "pause", ms: 3_600_000 });
    drop(request);
    await expect(pausing).rejects.toMatchObject(abandoned);
    service.over.abort();
    for (const step of [enter(cores), { kind: "take-connection" }, { kind: "commit" }] as const) {
      await expect(request.perform(step)).rejects.toMatchObject(abandoned);
    }
    await request.perform(leave(lock));
    // The first cause counts.
    request.abandon("timeout", "another");
    await expect(request.perform(enter(lock))).rejects.toMatchObject(abandoned);
  });
});

describe("what no request can ask for is a bug", () => {
  const select: Step = { kind: "query", statement: statement("one", "select 1"), parameters: [] };

  it.each([
    ["a place in a gate that it is inside of", [enter(lock), enter(lock)], "wait there for itself"],
    ["to leave where it is not", [leave(lock)], "left the gate lock"],
    ["a statement without a connection", [select], '"query" without having taken a connection'],
    ["to return what it has not", [{ kind: "return-connection" }], "without having taken"],
  ] as const)("%s", async (_, steps, message) => {
    const request = new Service().request();
    const performing = (async () => {
      for (const step of steps) await request.perform(step);
    })();
    await expect(performing).rejects.toThrow(message);
    await expect(performing).rejects.not.toBeInstanceOf(Failure);
  });
});
