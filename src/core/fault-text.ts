/**
 * Reads a fault as it is written on the command line, `name[:key=value,…][@start[+length]]`. What
 * faults there are is not known here; `checkParameters` is given what one of them accepts.
 */
import { durationExpected, parseDurationMs } from "./duration.ts";
import { type Parsed, parsed, problemsOf, rejected } from "./parsed.ts";

export interface FaultText {
  /** As written, such as `pool-limit:max=6@10s+20s`. */
  readonly text: string;
  readonly name: string;
  readonly given: Readonly<Record<string, string>>;
  /** From the start of the measured time; null: from before the warm-up. */
  readonly startMs: number | null;
  /** Null: until the end of the measured time. */
  readonly lengthMs: number | null;
}

/** All problems of one text begin with it, so that they can be listed beside those of others. */
export function parseFaultText(text: string): Parsed<FaultText> {
  const [what = "", ...times] = text.split("@");
  const [name = "", ...lists] = what.split(":");
  const checkedName = parseName(name);
  const given = parseGiven(lists);
  const window = parseTimes(times);
  if (checkedName.ok && given.ok && window.ok) {
    return parsed({ text, name, given: given.value, ...window.value });
  }
  const problems = problemsOf(checkedName, given, window);
  return rejected(...problems.map((problem) => `fault "${text}": ${problem}`));
}

const shape = "name[:key=value,…][@start[+length]], such as pool-limit:max=6@10s+20s";

function parseName(name: string): Parsed<string> {
  if (/^[a-z][a-z0-9-]*$/.test(name)) return parsed(name);
  return rejected(`"${name}" is not the name of a fault: expected ${shape}`);
}

function parseGiven(lists: readonly string[]): Parsed<Readonly<Record<string, string>>> {
  if (lists.length === 0) return parsed({});
  if (lists.length > 1) return rejected(`only one ":" was expected: ${shape}`);
  const given = new Map<string, string>();
  const problems: string[] = [];
  for (const pair of (lists[0] ?? "").split(",")) {
    const [, key, value] = /^([a-z][a-z0-9-]*)=([^=]+)$/.exec(pair) ?? [];
    if (key === undefined || value === undefined) {
      problems.push(`"${pair}" is not a parameter: expected key=value`);
    } else if (given.has(key)) {
      problems.push(`${key} is given twice`);
    } else {
      given.set(key, value);
    }
  }
  return problems.length > 0 ? rejected(...problems) : parsed(Object.fromEntries(given));
}

type Times = Pick<FaultText, "startMs" | "lengthMs">;

/** `times`: what stands behind each `@`. */
export function parseTimes(times: readonly string[]): Parsed<Times> {
  const [written] = times;
  if (written === undefined) return parsed({ startMs: null, lengthMs: null });
  const [startText = "", lengthText, ...more] = written.split("+");
  if (times.length > 1 || more.length > 0) {
    return rejected(`only one "@" and one "+" were expected: ${shape}`);
  }
  const startMs = parseDurationMs(startText);
  const lengthMs = lengthText === undefined ? null : parseDurationMs(lengthText);
  const problems: string[] = [];
  if (startMs === null) problems.push(`start "${startText}": expected ${durationExpected}`);
  if (lengthText !== undefined && (lengthMs === null || lengthMs === 0)) {
    problems.push(`length "${lengthText}": expected ${durationExpected}, and more than 0`);
  }
  return problems.length > 0 ? rejected(...problems) : parsed({ startMs, lengthMs });
}

/** What a parameter accepts: whole numbers in `unit`, one of some words, or a name in the database. */
export type ParameterLimits =
  | {
      readonly unit: string;
      readonly min: number;
      readonly max: number;
      /** Null: it must be given. */
      readonly default: number | null;
      readonly help: string;
    }
  | { readonly choices: readonly string[]; readonly default: string; readonly help: string }
  /** An identifier, perhaps with its schema; as it is in the catalog, unquoted. */
  | { readonly identifier: true; readonly default: string; readonly help: string };

export type ParameterValue = number | string;

export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/**
 * The values of all of a fault's parameters, in their units; a parameter in ms may be written as a
 * length of time, one in bytes with a unit, such as 64MB.
 */
export function checkParameters(
  fault: string,
  given: Readonly<Record<string, string>>,
  limits: Readonly<Record<string, ParameterLimits>>,
): Parsed<ParameterValues> {
  const names = Object.keys(limits);
  const unknown = Object.keys(given)
    .filter((name) => !names.includes(name))
    .map((name) => `${fault} has no parameter ${name}: expected ${names.join(", ") || "none"}`);
  const values = new Map<string, ParameterValue>();
  const problems: string[] = [];
  for (const [name, limit] of Object.entries(limits)) {
    const value = parameterValue(name, given[name], limit);
    if (value.ok) values.set(name, value.value);
    else problems.push(...value.problems.map((problem) => `${fault}: ${problem}`));
  }
  const all = [...unknown, ...problems];
  return all.length > 0 ? rejected(...all) : parsed(Object.fromEntries(values));
}

function parameterValue(
  name: string,
  text: string | undefined,
  limits: ParameterLimits,
): Parsed<ParameterValue> {
  const expected = `expected ${acceptedBy(limits)} (${limits.help})`;
  if (text === undefined) {
    return limits.default === null
      ? rejected(`${name} is missing: ${expected}`)
      : parsed(limits.default);
  }
  const value = valueOf(text, limits);
  return value === null ? rejected(`${name}=${text}: ${expected}`) : parsed(value);
}

/** What a parameter accepts, in words. */
export function acceptedBy(limits: ParameterLimits): string {
  if ("choices" in limits) return limits.choices.join(" or ");
  if ("identifier" in limits) return "a name";
  const { unit, min, max } = limits;
  return `a whole number of ${unit} from ${min} to ${max}`;
}

/** What it is where nobody says, in words. */
export function defaultText({ default: value }: ParameterLimits): string {
  if (value === null) return "must be given";
  return value === "" ? "may be left out" : `else ${value}`;
}

/** Null: it is none that is accepted. */
function valueOf(text: string, limits: ParameterLimits): ParameterValue | null {
  if ("choices" in limits) return limits.choices.includes(text) ? text : null;
  if ("identifier" in limits) return /^\w+(\.\w+)?$/.test(text) ? text : null;
  const value = wholeNumber(text, limits.unit);
  return value === null || value < limits.min || value > limits.max ? null : value;
}

const byteUnits: ReadonlyMap<string, number> = new Map([
  ["kB", 1024],
  ["MB", 1024 ** 2],
  ["GB", 1024 ** 3],
]);

function wholeNumber(text: string, unit: string): number | null {
  if (/^\d+$/.test(text)) return Number(text);
  if (unit === "ms") return parseDurationMs(text);
  const [, number, byteUnit = ""] = /^(\d+)([a-zA-Z]+)$/.exec(text) ?? [];
  const bytes = byteUnits.get(byteUnit);
  return unit === "bytes" && bytes !== undefined ? Number(number) * bytes : null;
}
