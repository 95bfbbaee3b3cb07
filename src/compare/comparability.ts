/** An honest look before anything is compared: in what the runs differ beside what was measured. Pure. */
import { counted } from "../core/counted.ts";
import type { StoredRun } from "../run/stored-run.ts";

/**
 * Sentences: what differs between the sides, then what differs within one, whose runs are to be
 * equal. Empty: nothing that is known. The seed is among it: equal runs may differ in it.
 */
export function comparability(
  baseline: readonly StoredRun[],
  candidate: readonly StoredRun[],
): readonly string[] {
  const [before, after] = [groundsOf(baseline), groundsOf(candidate)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const between = names.flatMap((name) => {
    const [one, other] = [textOf(before.get(name)), textOf(after.get(name))];
    return one === other ? [] : [`${name}: ${one} in the baseline, ${other} in the candidate`];
  });
  return [...between, ...within("baseline", before), ...within("candidate", after)];
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

function within(side: string, grounds: Grounds): string[] {
  return [...grounds]
    .filter(([, values]) => values.size > 1)
    .map(
      ([name, values]) =>
        `within the ${side}, ${name} has ${counted(values.size, "value")}: ${textOf(values)}`,
    );
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
