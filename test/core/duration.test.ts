import { describe, expect, it } from "vitest";
import { parseDurationMs } from "../../src/core/duration.ts";

describe("parseDurationMs", () => {
  it.each([
    ["0ms", 0],
    ["500ms", 500],
    ["20s", 20_000],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["596h", 2_145_600_000],
  ])("reads %s as %i ms", (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  it.each([
    "",
    "10",
    "s",
    "1.5s",
    "-1s",
    "1m30s",
    "10 s",
    "10S",
    "10us",
    "597h",
    "9".repeat(40) + "s",
  ])("does not take %j", (text) => expect(parseDurationMs(text)).toBeNull());
});
