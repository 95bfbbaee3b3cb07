import { describe, expect, it } from "vitest";
import { limitWords, placeName, queueName } from "../../src/report/scaling-words.ts";
import type { LimitKind } from "../../src/scaling/limit.ts";
import type { PartKind } from "../../src/scaling/parts.ts";
import { partWords } from "../../src/scaling/place-words.ts";

const kinds: readonly PartKind[] = [
  "pool",
  "service-gate",
  "service",
  "lock",
  "internal-lock",
  "cpu",
  "io",
  "client",
  "network",
  "generator",
  "other",
];

describe("a place", () => {
  it.each([
    ["pool", null, true, "waiting for a connection of the pool"],
    ["service-gate", "cores", true, "waiting at the service's gate cores"],
    ["service-gate", "cores", false, "inside the service's gate cores"],
    ["lock", "dms.document", true, "waiting for a lock on dms.document"],
    ["lock", "unknown", true, "waiting for a lock"],
    ["lock", null, true, "waiting for a lock"],
    ["internal-lock", "LockManager", true, "waiting for an internal lock (LockManager)"],
    ["cpu", "on a core", false, "running on the server"],
    ["cpu", "waiting for a core", true, "waiting for a core of the server"],
    ["io", "WALSync", true, "waiting for the server's disk (WALSync)"],
    ["network", null, true, "on the network, in the driver or in the generator"],
  ] as const)("of kind %s, named %s, is told in words", (kind, name, isWaiting, words) => {
    expect(partWords({ kind, name, isWaiting })).toBe(words);
  });

  it.each(kinds)("of kind %s has words and a short name, with and without a name", (kind) => {
    for (const name of ["one", null]) {
      const texts = [partWords({ kind, name, isWaiting: true }), placeName({ kind, name })];
      for (const text of texts) expect(text).toMatch(/^[^ ](?!.*(null|undefined)).*[^ ]$/);
    }
  });

  it("is none where there is no queue", () => {
    expect(queueName({ kind: "none", name: null })).toBe("–");
    expect(queueName({ kind: "unknown", name: null })).toBe("–");
    expect(queueName({ kind: "internal-lock", name: "LockManager" })).toBe("LockManager");
  });
});

describe("what limits", () => {
  const limits: readonly LimitKind[] = [
    "pool",
    "lock",
    "internal-lock",
    "cpu",
    "io",
    "network",
    "service-gate",
    "generator",
    "mixed",
    "none",
    "unknown",
  ];

  it("has words of its own for each kind", () => {
    const words = limits.map((kind) => limitWords({ kind, name: null, suspected: null }));
    expect(new Set(words).size).toBe(limits.length);
    expect(words.join()).not.toMatch(/null|undefined/);
  });

  it("has its name where there are several, and its suspect where it is not shown", () => {
    expect(limitWords({ kind: "service-gate", name: "cores", suspected: null })).toBe(
      "the service's gate cores",
    );
    expect(limitWords({ kind: "unknown", name: null, suspected: "io" })).toBe(
      "something not shown, probably io",
    );
  });
});
