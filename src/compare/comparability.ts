/** An honest look before anything is compared: in what the runs differ beside what was measured. Pure. */
import { counted } from "../core/counted.ts";
import type { StoredRun } from "../run/stored-run.ts";

/** Runs that are equal, and what to call them in a sentence. */
interface NamedRuns {
  /** Such as "the baseline". */
  readonly name: string;
  readonly runs: readonly StoredRun[];
}

/**
 * Sentences: what differs between the sides, then what differs within one, whose runs are to be
 * equal. Empty: nothing that is known. The seed is among it: equal runs may differ in it.
 */
export function comparability(
  baseline: readonly StoredRun[],
  candidate: readonly StoredRun[],
): readonly string[] {
  return comparabilityOf([
    { name: "the baseline", runs: baseline },
    { name: "the candidate", runs: candidate },
  ]).map(({ text }) => text);
}

/** Something in which the runs differ, by its name, such as "variant". */
export interface Difference {
  readonly fact: string;
  readonly text: string;
}

/** The same of any number of sides. */
export function comparabilityOf(sides: readonly NamedRuns[]): readonly Difference[] {
  const named = sides.map(({ name, runs }) => ({ name, grounds: groundsOf(runs) }));
  const facts = new Set(named.flatMap(({ grounds }) => [...grounds.keys()]));
  const between = [...facts].flatMap((fact) => {
    const texts = named.map(({ name, grounds }) => [name, textOf(grounds.get(fact))] as const);
    const text = differenceText(texts);
    return text === null ? [] : [{ fact, text: `${fact}: ${text}` }];
  });
  return [...between, ...named.flatMap(({ name, grounds }) => within(name, grounds))];
}

/** More of one value are "all others". */
const namedMax = 4;

/** Null: all have the same. Otherwise `16 in current and merge, 32 in hash-32`, or `32 in hash-32, 16 in all others`. */
export function differenceText(texts: readonly (readonly [name: string, text: string])[]) {
  const values = [...new Set(texts.map(([, text]) => text))];
  if (values.length < 2) return null;
  const sides = values.map((value) => ({
    value,
    names: texts.filter(([, text]) => text === value).map(([name]) => name),
  }));
  const most = Math.max(...sides.map(({ names }) => names.length));
  const others = most > namedMax ? sides.find(({ names }) => names.length === most) : undefined;
  return [
    ...sides
      .filter((side) => side !== others)
      .map(({ value, names }) => `${value} in ${names.join(" and ")}`),
    ...(others === undefined ? [] : [`${others.value} in all others`]),
  ].join(", ");
}

/** By what it is, such as "server setting work_mem": the values of all runs of a side, each once. */
type Grounds = ReadonlyMap<string, ReadonlySet<string>>;

const missing = "not there";

function groundsOf(runs: readonly StoredRun[]): Grounds {
  const all = runs.map((run) => new Map(facts(run)));
  const names = new Set(all.flatMap((one) => [...one.keys()]));
  return new Map(
    [...names].map((name) => [name, new Set(all.map((one) => one.get(name) ?? missing))]),
  );
}

function textOf(values: ReadonlySet<string> | undefined): string {
  return values === undefined ? missing : [...values].sort().join(" and ");
}

function within(side: string, grounds: Grounds): Difference[] {
  return [...grounds]
    .filter(([, values]) => values.size > 1)
    .map(([fact, values]) => ({
      fact,
      text: `within ${side}, ${fact} has ${counted(values.size, "value")}: ${textOf(values)}`,
    }));
}

/** What cannot shape the load, nor what it does to the server. */
const planLeftOut = ["schema", "thresholds", "keep", "allowChaosOn"];

/** With what a sentence on one of the server's many settings begins. */
export const settingWords = "server setting";

/** In the order told: what was run, on which server, from which machine. */
function facts({ result }: StoredRun): [string, string][] {
  const { plan, loadgen, engine, server, machine } = result;
  return [
    ...flat("", plan).filter(([name]) => !planLeftOut.includes(name)),
    ["transactions that did not commit", failedShare(result)],
    ["loadgen", shown(loadgen)],
    ...flat("engine", engine),
    ["PostgreSQL", server.version],
    ["server, by its system identifier", shown(server.systemIdentifier)],
    ...flat(settingWords, server.settings),
    ...flat("extension", server.extensions),
    ...flat("machine", machine),
  ];
}

/** In whole percent: what fails costs time, but its latencies are in none of the figures. */
function failedShare({ transactions }: StoredRun["result"]): string {
  const { committed, aborted, unknown } = transactions;
  const failed = aborted + unknown;
  return `${Math.round((100 * failed) / Math.max(1, committed + failed))} %`;
}

/** Every value in it by the names that lead there. */
function flat(prefix: string, value: unknown): [string, string][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [[prefix, shown(value)]];
  }
  return Object.entries(value).flatMap(([name, part]) =>
    flat(prefix === "" ? name : `${prefix} ${name}`, part),
  );
}

function shown(value: unknown): string {
  if (value === undefined) return missing;
  return typeof value === "string" ? value : JSON.stringify(value);
}
