import { describe, expect, it } from "vitest";
import {
  choice,
  duration,
  durationRange,
  listenAddress,
  rate,
  weights,
  wholeNumber,
} from "../../src/cli/option-values.ts";

interface Schema {
  safeParse(text: string): {
    readonly success: boolean;
    readonly data?: unknown;
    readonly error?: { readonly issues: readonly { readonly message: string }[] };
  };
}

function read(schema: Schema, text: string): unknown {
  const result = schema.safeParse(text);
  return result.success ? result.data : result.error?.issues.map(({ message }) => message);
}

describe("a whole number", () => {
  it.each([
    ["1", 1],
    [" 10000 ", 10_000],
    ["007", 7],
  ])("is read from %o", (text, value) => {
    expect(read(wholeNumber(1, 10_000), text)).toBe(value);
  });

  it.each([
    "0",
    "10001",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x10",
    "ten",
    "",
    "1 000",
    "99999999999999999",
  ])("is not %o", (text) => {
    expect(read(wholeNumber(1, 10_000), text)).toEqual([
      `expected a whole number from 1 to 10000, got "${text}"`,
    ]);
  });

  it("needs no upper limit, but stays exact", () => {
    expect(read(wholeNumber(0), "9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
    expect(read(wholeNumber(0), "9007199254740992")).toEqual([
      'expected a whole number from 0, got "9007199254740992"',
    ]);
  });
});

describe("a duration", () => {
  it.each([
    ["0", 0],
    ["0s", 0],
    ["500ms", 500],
    ["20s", 20_000],
    ["2m", 120_000],
  ])("is %s, in milliseconds", (text, ms) => {
    expect(read(duration("20s"), text)).toBe(ms);
  });

  it.each(["20", "20 s", "1.5s", "20sec", "-1s", "s", ""])("is not %o", (text) => {
    expect(read(duration("20s"), text)).toEqual([
      `expected a duration such as 20s (units ms, s, m, h), or 0, got "${text}"`,
    ]);
  });

  it("may have a least length", () => {
    expect(read(duration("20s", 1000), "1s")).toBe(1000);
    expect(read(duration("20s", 1000), "999ms")).toEqual([
      'expected a duration such as 20s (units ms, s, m, h), at least 1000 ms, got "999ms"',
    ]);
  });
});

describe("a range of durations", () => {
  it.each([
    ["0", [0, 0]],
    ["10ms..50ms", [10, 50]],
    ["1s..1s", [1000, 1000]],
    ["100ms", [100, 100]],
    ["0ms..1m", [0, 60_000]],
  ])("is %s", (text, range) => {
    expect(read(durationRange, text)).toEqual(range);
  });

  it.each(["", "10", "50ms..10ms", "10ms..", "..10ms", "1ms..2ms..3ms", "10ms-50ms"])(
    "is not %o",
    (text) => {
      expect(read(durationRange, text)).toEqual([
        `expected a duration or a range such as 10ms..50ms, or 0, got "${text}"`,
      ]);
    },
  );
});

describe("a rate", () => {
  it.each([
    ["200", [200, 200]],
    [" 0.5 ", [0.5, 0.5]],
    ["100..1000", [100, 1000]],
    ["1000..0.25", [1000, 0.25]],
    ["7..7", [7, 7]],
    ["1000000", [1_000_000, 1_000_000]],
  ])("is read from %o, with both ends of a ramp", (text, range) => {
    expect(read(rate, text)).toEqual(range);
  });

  it.each([
    "0",
    "0.0",
    "-1",
    "1000000.5",
    "1000001",
    "1e3",
    ".5",
    "5.",
    "ten",
    "",
    "100..",
    "..100",
    "0..100",
    "100..0",
    "1..2..3",
    "100-200",
    "100/s",
    "Infinity",
  ])("is not %o", (text) => {
    expect(read(rate, text)).toEqual([
      `expected a rate above 0 and up to 1000000 transactions a second, such as 200, 0.5, or a ramp such as 100..1000, got "${text}"`,
    ]);
  });
});

describe("a choice", () => {
  it("is one of its values, as written", () => {
    expect(read(choice(["standard", "heavy"]), "heavy")).toBe("heavy");
    expect(read(choice(["standard", "heavy"]), "Heavy")).toEqual([
      'expected one of standard, heavy, got "Heavy"',
    ]);
  });
});

describe("weights", () => {
  const schema = weights({ read: 80, write: 20 });

  it.each([
    ["read=50,write=50", { read: 50, write: 50 }],
    ["write=0", { read: 80, write: 0 }],
    ["read=1, write=2", { read: 1, write: 2 }],
  ])("are read from %s, and keep what is left out", (text, value) => {
    expect(read(schema, text)).toEqual(value);
  });

  it.each([
    "",
    "read",
    "read=",
    "read=-1",
    "read=1.5",
    "reed=1",
    "read=0,write=0",
    "read=1;write=1",
  ])("are not %o", (text) => {
    expect(read(schema, text)).toEqual([
      `expected name=weight pairs such as read=1,write=1, got "${text}"`,
    ]);
  });
});

describe("where to listen", () => {
  it.each([
    ["0", { host: "127.0.0.1", port: 0 }],
    ["9464", { host: "127.0.0.1", port: 9464 }],
    ["0.0.0.0:9464", { host: "0.0.0.0", port: 9464 }],
    ["metrics.example:65535", { host: "metrics.example", port: 65_535 }],
    ["[::]:9464", { host: "::", port: 9464 }],
  ])("is read from %o", (text, value) => {
    expect(read(listenAddress, text)).toEqual(value);
  });

  it.each(["", "65536", "-1", "host", "host:", ":9464", "::1:9464", "a b:1", "http://h:1"])(
    "is not %o",
    (text) => {
      expect(read(listenAddress, text)).toEqual([
        `expected a port from 0 to 65535, perhaps behind the address to listen at, such as 0.0.0.0:9464, got "${text}"`,
      ]);
    },
  );
});
