import { describe, expect, it } from "vitest";
import { Histogram } from "../../src/metrics/histogram.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import { GateTally, Tally } from "../../src/metrics/tally.ts";
import { countOf, OperationTally } from "../../src/metrics/operation-tally.ts";
import {
  jsonOf,
  messageOf,
  type TallyJson,
  tallyFromJson,
  tallyFromMessage,
} from "../../src/metrics/tally-parts.ts";
import { aborted, finished, unknown } from "./transactions.ts";

/** Each way of sending one. */
const ways = {
  "a message": (tally: Tally) => tallyFromMessage(structuredClone(messageOf(tally))),
  "a line of JSON": (tally: Tally) =>
    tallyFromJson(JSON.parse(JSON.stringify(jsonOf(tally))) as TallyJson),
};

/** Everything in a tally, by its fields, whatever they are: one that is forgotten shows. */
function plain(value: unknown): unknown {
  if (value instanceof Histogram) return value.toParts();
  if (value instanceof Map) return [...value].map(([key, one]) => [key, plain(one)] as const);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

/** Something of everything, and of each another amount. */
function everything(): Recorder {
  const recorder = new Recorder();
  recorder.started();
  recorder.record(
    finished({ latencyUs: 2000, attempts: 3, wastedUs: 700, failures: ["40P01", "40P01"] }),
  );
  recorder.record(finished({ outcome: aborted, poolWaitUs: 30, gateWaitUs: 20, queueWaitUs: 5 }));
  recorder.record(finished({ outcome: unknown, latencyUs: 9_000_000 }));
  recorder.censored("write", 70);
  recorder.neverStarted("write", 80);
  recorder.record(finished({ operation: "read", latencyUs: 7 }));
  recorder.recordStatement("select", 11);
  recorder.recordStatement("select", 13);
  recorder.recordStatement("insert", 4_000_000_000);
  recorder.gateQueue({ name: "lock", capacity: 1 }, 4);
  recorder.gateVisit({ name: "lock", capacity: 1 }, { waitUs: 300, holdUs: 20 });
  recorder.gateVisit({ name: "cores", capacity: 3 }, { waitUs: 0, holdUs: 17 });
  recorder.scheduleLag(250, 40);
  recorder.reconnected(1500);
  recorder.reconnectFailed("ECONNREFUSED");
  recorder.reconnectFailed("57P03");
  recorder.sessionLost();
  recorder.sessionLost();
  return recorder;
}

/** The fields that are the same in both. */
function fieldsAlike<T extends object>(one: T, other: T): string[] {
  const texts = (given: T) =>
    Object.entries(given).map(([key, value]) => [key, JSON.stringify(plain(value))] as const);
  const others = new Map(texts(other));
  return texts(one)
    .filter(([key, text]) => others.get(key) === text)
    .map(([key]) => key);
}

describe.each(Object.entries(ways))("the parts of a tally, sent by %s,", (_, sent) => {
  it("survive it, and give an equal tally, to its last field", () => {
    const tally = everything().take();
    expect(plain(sent(tally))).toEqual(plain(tally));
  });

  it("were all looked at: no field of that tally is as in an empty one", () => {
    const tally = everything().take();
    expect(fieldsAlike(tally, new Tally())).toEqual([]);
    const [write, empty] = [tally.operation("write"), new OperationTally()];
    expect(fieldsAlike(write, empty)).toEqual([]);
    expect(fieldsAlike(write.latency, empty.latency)).toEqual([]);
    const lock = tally.gate({ name: "lock", capacity: 1 });
    expect(fieldsAlike(lock, new GateTally(0))).toEqual([]);
    // Who looks does see what is alike.
    expect(fieldsAlike(new Tally(), new Tally())).toContain("heardLag");
  });

  it("give an empty tally where nothing happened", () => {
    expect(plain(sent(new Tally()))).toEqual(plain(new Tally()));
    const recorder = everything();
    recorder.take();
    recorder.take();
    // Its operations and statements are known by then, and empty.
    const emptied = recorder.take();
    expect([...emptied.operations.keys()]).toEqual(["write", "read"]);
    expect([...emptied.gates.keys()]).toEqual(["lock", "cores"]);
    expect(plain(sent(emptied))).toEqual(plain(emptied));
  });

  it("add up with others as if they had never been sent", () => {
    const [here, there] = [new Tally(), new Tally()];
    for (let count = 0; count < 2; count++) {
      here.add(everything().take());
      there.add(sent(everything().take()));
    }
    expect(plain(there)).toEqual(plain(here));
    expect(there.sum(countOf("committed"))).toBe(4);
  });

  it("give a tally of its own: who emptied the other one does not empty it", () => {
    const tally = everything().take();
    const back = sent(tally);
    tally.reset();
    expect(plain(back)).toEqual(plain(everything().take()));
  });
});
