/**
 * `random:every=10s,length=3s`: faults drawn from the seed, decided when the plan is made and written
 * down as if the user had named each of them. Pure, whole numbers only.
 */
import { durationExpected, parseDurationMs } from "./duration.ts";
import { type FaultText, parseFaultText } from "./fault-text.ts";
import { type Parsed, parsed, problemsOf, rejected } from "./parsed.ts";
import type { PlannedFault } from "./plan.ts";
import { namedStream } from "./random.ts";
import { overlaps } from "./window.ts";

/** How far faults may reach, the nearest first. */
export const blastRadii = ["session", "database", "cluster", "host"] as const;

export type BlastRadius = (typeof blastRadii)[number];

/** A fault that can be injected without being told more. */
export interface Candidate {
  readonly name: string;
  readonly radius: BlastRadius;
}

/** What a schedule is drawn from. */
export interface Drawing {
  readonly seed: number;
  /** Of the measured time; null: nobody knows how long it will be. */
  readonly durationMs: number | null;
  /** Of the whole catalogue, those with a default for every parameter. */
  readonly candidates: readonly Candidate[];
  /** The furthest reach where none is given. */
  readonly radius: BlastRadius;
  /** Faults that the user named beside it. */
  readonly named: readonly Timed[];
}

type Timed = Pick<PlannedFault, "name" | "startMs" | "lengthMs"> & { readonly radius: BlastRadius };

/** Whether a fault's text asks for a schedule. */
export function isSchedule(text: string): boolean {
  return /^random([:@]|$)/.test(text);
}

/** The texts of its faults, such as `crash@10s+3s`, by start; where nothing may come, nothing does. */
export function scheduledTexts(text: string, drawing: Drawing): Parsed<readonly string[]> {
  const schedule = parseSchedule(text, drawing.radius);
  if (!schedule.ok) return schedule;
  const { durationMs, seed } = drawing;
  const { everyMs, lengthMs, radius } = schedule.value;
  if (durationMs === null) {
    return rejected(`${text}: expected --duration, for faults are drawn over all of that time`);
  }
  const reach = blastRadii.indexOf(radius);
  const candidates = drawing.candidates.filter((one) => blastRadii.indexOf(one.radius) <= reach);
  if (candidates.length === 0) {
    return rejected(
      `${text}: there is no fault of the radius ${radius} that needs no parameter: expected a wider radius`,
    );
  }
  if (everyMs + lengthMs > durationMs) {
    return rejected(
      `${text}: not even the first one ends within the measured time of ${durationMs / 1000} s: expected a shorter every or length`,
    );
  }
  const random = namedStream(seed, "chaos", everyMs, lengthMs, radius);
  const drawn: Timed[] = [];
  for (let startMs = everyMs; startMs + lengthMs <= durationMs; startMs += everyMs) {
    const around = [...drawing.named, ...drawn];
    const free = candidates
      .map((one): Timed => ({ ...one, startMs, lengthMs }))
      .filter((one) => around.every((other) => mayMeet(one, other)));
    if (free.length > 0) drawn.push(random.pick(free));
  }
  return parsed(drawn.map(textOf));
}

/** A fault cannot be in force twice, and a server that is frozen or down takes no other, and lets none be undone. */
function mayMeet(one: Timed, other: Timed): boolean {
  if (!overlaps(one, other)) return true;
  return one.name !== other.name && one.radius !== "host" && other.radius !== "host";
}

interface Schedule {
  readonly everyMs: number;
  readonly lengthMs: number;
  readonly radius: BlastRadius;
}

/** As many a second as this nobody can tell apart any more. */
const everyMsMin = 1_000;

function parseSchedule(text: string, furthest: BlastRadius): Parsed<Schedule> {
  const written = parseFaultText(text);
  if (!written.ok) return written;
  const { given, startMs, lengthMs: end } = written.value;
  const every = lengthIn(given, "every", everyMsMin);
  const length = lengthIn(given, "length", 1);
  const radius = radiusIn(given, furthest);
  const unknown = Object.keys(given).filter((name) => !parameters.includes(name));
  const problems = [
    ...unknown.map((name) => `random has no parameter ${name}: expected ${parameters.join(", ")}`),
    ...problemsOf(every, length, radius),
    ...(startMs === null && end === null
      ? []
      : ["random is drawn over the whole measured time: expected it without @"]),
  ].map((problem) => `${text}: ${problem}`);
  if (problems.length > 0 || !every.ok || !length.ok || !radius.ok) return rejected(...problems);
  return parsed({ everyMs: every.value, lengthMs: length.value, radius: radius.value });
}

const parameters = ["every", "length", "radius"];

type Given = FaultText["given"];

function lengthIn(given: Given, name: string, minMs: number): Parsed<number> {
  const text = given[name];
  const expected = `expected ${durationExpected}, and at least ${minMs} ms`;
  if (text === undefined) return rejected(`${name} is missing: ${expected}`);
  const ms = parseDurationMs(text);
  return ms === null || ms < minMs ? rejected(`${name}=${text}: ${expected}`) : parsed(ms);
}

function radiusIn({ radius }: Given, furthest: BlastRadius): Parsed<BlastRadius> {
  if (radius === undefined) return parsed(furthest);
  const known = blastRadii.find((one) => one === radius);
  if (known !== undefined) return parsed(known);
  return rejected(`radius=${radius}: expected one of ${blastRadii.join(", ")}`);
}

function textOf({ name, startMs, lengthMs }: Timed): string {
  return `${name}@${timeText(startMs ?? 0)}+${timeText(lengthMs ?? 0)}`;
}

/** As a fault is written, such as `10s`. */
export function timeText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
