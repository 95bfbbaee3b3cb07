/** What the bench may be told, and everything that is wrong with it at once. */
import { parseArgs } from "node:util";
import { dms } from "../fixtures/dms/system.ts";
import { type Parsed, parsed, rejected } from "../src/core/parsed.ts";

/** What can be measured by itself, in the order in which it is measured. */
export const subjects = [
  "recording",
  "load",
  "concurrent",
  "no-op",
  "point-read",
  "sessions-1000",
  "k6",
] as const;
export type Subject = (typeof subjects)[number];

export interface BenchOptions {
  /** How often each side is measured. */
  readonly pairs: number;
  /** Measured time of each side, after its warm-up. */
  readonly seconds: number;
  readonly only: readonly Subject[];
  /** Of what `load` loads; the others have `small`. */
  readonly fixture: string;
}

/** A median needs an odd few; more than this is a day. */
const pairsMax = 99;
/** The first and the last second are left out of loadgen's processor time. */
const secondsMin = 3;
const secondsMax = 3600;

export function parseOptions(words: readonly string[]): Parsed<BenchOptions> {
  const { tokens } = parseArgs({
    args: [...words],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      pairs: { type: "string" },
      seconds: { type: "string" },
      only: { type: "string", multiple: true },
      fixture: { type: "string" },
    },
  });
  const problems: string[] = [];
  let [pairs, seconds] = [5, 10];
  const only: Subject[] = [];
  let fixture = "small";
  const inRange = (name: string, text: string, [min, max]: readonly [number, number]) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    problems.push(`--${name}: expected a whole number from ${min} to ${max}, got "${text}"`);
    return min;
  };
  for (const token of tokens) {
    const given = token.kind === "option" ? (token.value ?? "") : "";
    if (token.kind === "positional") problems.push(`unexpected "${token.value}"`);
    else if (token.kind === "option-terminator") problems.push('unexpected "--"');
    else if (token.name === "pairs") pairs = inRange("pairs", given, [1, pairsMax]);
    else if (token.name === "seconds")
      seconds = inRange("seconds", given, [secondsMin, secondsMax]);
    else if (token.name === "fixture") fixture = sizeIn(given, problems);
    else if (token.name === "only") only.push(...subjectsIn(given, problems));
    else
      problems.push(
        `unknown option ${token.rawName}: expected --pairs, --seconds, --only or --fixture`,
      );
  }
  if (problems.length > 0) return rejected(...problems);
  return parsed({ pairs, seconds, only: only.length > 0 ? only : subjects, fixture });
}

function sizeIn(text: string, problems: string[]): string {
  const sizes = Object.keys(dms.sizes);
  if (!sizes.includes(text)) {
    problems.push(`--fixture: expected one of ${sizes.join(", ")}, got "${text}"`);
  }
  return text;
}

function subjectsIn(text: string, problems: string[]): Subject[] {
  return text.split(",").flatMap((name) => {
    const found = subjects.find((subject) => subject === name);
    if (found !== undefined) return [found];
    problems.push(`--only: expected some of ${subjects.join(", ")}, got "${name}"`);
    return [];
  });
}
