import { describe, expect, it } from "vitest";
import type { Cache } from "../../../src/core/step.ts";
import { ServicePlaces } from "../../../src/engine/pg/service-places.ts";

/** Places with a clock that a test sets. */
function placesAt(): { readonly places: ServicePlaces; readonly at: (ms: number) => void } {
  let nowMs = 0;
  return { places: new ServicePlaces(() => nowMs), at: (ms) => (nowMs = ms) };
}

describe("the gates of a service", () => {
  const lock = { name: "lock", capacity: 1 };

  it("are one a name, for whoever asks, and have the capacity that was asked for", () => {
    const { places } = placesAt();
    const gate = places.gate(lock);
    expect(places.gate({ ...lock })).toBe(gate);
    expect(places.gate({ ...lock, name: "other" })).not.toBe(gate);
    expect(gate.enter()).toBeNull();
    expect(gate.queue).toBe(0);
    expect(gate.enter()).not.toBeNull();
    expect(gate.queue).toBe(1);
  });

  it("have one capacity only", () => {
    const { places } = placesAt();
    places.gate(lock);
    expect(() => places.gate({ name: "lock", capacity: 2 })).toThrow(
      "the gate lock is for 1 and for 2 at a time",
    );
  });
});

describe("a cache that is filled once it is out of date", () => {
  const cache: Cache = { name: "claims", lastsMs: 1_000, aheadMs: 0 };

  it("is out of date before it was first filled, even at the start of all clocks", () => {
    const { places, at } = placesAt();
    expect(places.lookUp(cache)).toBe("due");
    at(-5_000);
    expect(places.lookUp(cache)).toBe("due");
  });

  it("is fresh as long as it lasts, and then out of date for everybody, until it is filled", () => {
    const { places, at } = placesAt();
    places.filled(cache);
    at(999);
    expect([places.lookUp(cache), places.lookUp(cache)]).toEqual(["fresh", "fresh"]);
    at(1_000);
    expect([places.lookUp(cache), places.lookUp(cache)]).toEqual(["due", "due"]);
    places.filled(cache);
    expect(places.lookUp(cache)).toBe("fresh");
    at(1_999);
    expect(places.lookUp(cache)).toBe("fresh");
  });

  it("is not another one's", () => {
    const { places } = placesAt();
    places.filled({ ...cache, name: "other" });
    expect(places.lookUp(cache)).toBe("due");
  });
});

describe("a cache that is filled ahead", () => {
  const cache: Cache = { name: "claims", lastsMs: 1_000, aheadMs: 400 };

  it("asks one who looks, and is fresh for all others", () => {
    const { places, at } = placesAt();
    places.filled(cache);
    at(599);
    expect(places.lookUp(cache)).toBe("fresh");
    at(600);
    const seen = [places.lookUp(cache), places.lookUp(cache), places.lookUp(cache)];
    expect(seen).toEqual(["ahead", "fresh", "fresh"]);
  });

  it("asks again once it was filled, each time one", () => {
    const { places, at } = placesAt();
    places.filled(cache);
    at(700);
    expect(places.lookUp(cache)).toBe("ahead");
    places.filled(cache);
    at(1_299);
    expect(places.lookUp(cache)).toBe("fresh");
    at(1_300);
    expect([places.lookUp(cache), places.lookUp(cache)]).toEqual(["ahead", "fresh"]);
  });

  it("is out of date for everybody if whoever was asked did not fill it", () => {
    const { places, at } = placesAt();
    places.filled(cache);
    at(600);
    expect(places.lookUp(cache)).toBe("ahead");
    at(1_000);
    expect([places.lookUp(cache), places.lookUp(cache)]).toEqual(["due", "due"]);
  });
});
