import { describe, expect, it } from "vitest";
import { parseOptions, subjects } from "../../bench/options.ts";

describe("the options of the bench", () => {
  it("measure everything in five pairs unless told otherwise", () => {
    expect(parseOptions([])).toEqual({
      ok: true,
      value: { pairs: 5, seconds: 10, only: subjects, fixture: "small" },
    });
  });

  it("are read in both spellings, and --only takes several", () => {
    const words = [
      ...["--pairs", "1", "--seconds=5", "--only", "no-op,k6", "--only", "point-read"],
      ...["--fixture", "full"],
    ];
    expect(parseOptions(words)).toEqual({
      ok: true,
      value: { pairs: 1, seconds: 5, only: ["no-op", "k6", "point-read"], fixture: "full" },
    });
  });

  it("tell of every problem at once", () => {
    const words = ["--pairs", "0", "--seconds", "1.5", "--only=k6,fast", "--fixture=huge"].concat(
      ...["--quick", "now", "--"],
    );
    expect(parseOptions(words)).toEqual({
      ok: false,
      problems: [
        '--pairs: expected a whole number from 1 to 99, got "0"',
        '--seconds: expected a whole number from 3 to 3600, got "1.5"',
        `--only: expected some of ${subjects.join(", ")}, got "fast"`,
        '--fixture: expected one of tiny, small, full, got "huge"',
        "unknown option --quick: expected --pairs, --seconds, --only or --fixture",
        'unexpected "now"',
        'unexpected "--"',
      ],
    });
  });

  it("miss a value that is not there", () => {
    expect(parseOptions(["--pairs"])).toEqual({
      ok: false,
      problems: ['--pairs: expected a whole number from 1 to 99, got ""'],
    });
  });
});
