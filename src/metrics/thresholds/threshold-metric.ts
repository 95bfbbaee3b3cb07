/**
 * What thresholds are about: a metric and, by its tags, in which part of which runs
 * (`latency{operation:read,window:fault}`).
 */
import { type Parsed, parsed, rejected } from "../../core/parsed.ts";
import { type WindowName, windowNames } from "../../core/window.ts";

export type TimeMetric = "latency" | "service" | "pool_wait";
export type CountMetric = "committed" | "aborted" | "unknown" | "retries" | "errors";
/** Of the whole run, per committed transaction. */
export type ServerMetric = "dead_tuples" | "wal_bytes";
/** Of faults: how long after its release throughput and latency were back. */
export type RecoveryMetric = "recovery";
/** What must hold in the data after the run. */
export type InvariantMetric = "invariants";

/** What is measured, and in which part of a run. Null: in all of it. */
export interface Metric {
  readonly name: TimeMetric | CountMetric | ServerMetric | RecoveryMetric | InvariantMetric;
  readonly operation: string | null;
  readonly window: WindowName | null;
  readonly sqlstate: string | null;
  /** The name of a fault: of recovery, or of a window; null: of every fault that has such. */
  readonly fault: string | null;
  /** Of invariants: the one of this name; null: all that were checked. */
  readonly invariant: string | null;
  /** Selectors: the runs that it is about. */
  readonly scenario: string | null;
  readonly sessions: number | null;
}

export type MetricKind = "time" | "count" | "server" | "recovery" | "invariant";

export const kindOf: Readonly<Record<Metric["name"], MetricKind>> = {
  latency: "time",
  service: "time",
  pool_wait: "time",
  committed: "count",
  aborted: "count",
  unknown: "count",
  retries: "count",
  errors: "count",
  dead_tuples: "server",
  wal_bytes: "server",
  recovery: "recovery",
  invariants: "invariant",
};

/** Whether a metric is judged by times, and not by counts or figures of the server alone. */
export function isTime(name: Metric["name"]): boolean {
  return kindOf[name] === "time" || kindOf[name] === "recovery";
}

/** `name` or `name{tag:value,…}`. */
export function parseMetric(text: string): Parsed<Metric> {
  const [, name = "", , list] = /^\s*(\w+)\s*(\{([^{}]*)\})?\s*$/.exec(text) ?? [];
  if (!Object.hasOwn(kindOf, name)) {
    const names = Object.keys(kindOf).join(", ");
    return rejected(
      `"${text}" is not a metric: expected one of ${names}, perhaps with {tag:value,…}`,
    );
  }
  const metric = name as Metric["name"];
  const tags = list === undefined ? parsed(new Map<string, string>()) : parseTags(metric, list);
  if (!tags.ok) return tags;
  const { value } = tags;
  return parsed({
    name: metric,
    operation: value.get("operation") ?? null,
    window: (value.get("window") as WindowName | undefined) ?? null,
    sqlstate: value.get("sqlstate") ?? null,
    fault: value.get("fault") ?? null,
    invariant: value.get("name") ?? null,
    scenario: value.get("scenario") ?? null,
    sessions: value.has("sessions") ? Number(value.get("sessions")) : null,
  });
}

function parseTags(name: Metric["name"], list: string): Parsed<ReadonlyMap<string, string>> {
  const tags = new Map<string, string>();
  const problems: string[] = [];
  for (const pair of list.split(",")) {
    const [, tag = "", value = ""] = /^\s*(\w+)\s*:\s*([^\s:]+)\s*$/.exec(pair) ?? [];
    if (value === "") problems.push(`"${pair.trim()}" is not a tag: expected tag:value`);
    else if (tags.has(tag)) problems.push(`${name}: the tag ${tag} is given twice`);
    else problems.push(...tagProblems(name, tag, value));
    tags.set(tag, value);
  }
  return problems.length > 0 ? rejected(...problems) : parsed(tags);
}

function tagProblems(name: Metric["name"], tag: string, value: string): string[] {
  const known = tagsOf(name);
  if (!known.includes(tag)) {
    return [`${name} has no tag ${tag}: expected ${known.join(", ")}`];
  }
  if (tag === "window" && !windowNames.some((window) => window === value)) {
    return [`${name}: there is no window ${value}: expected ${windowNames.join(", ")}`];
  }
  if (tag === "sessions" && !/^[1-9]\d*$/.test(value)) {
    return [`${name}: sessions:${value} is not a number of sessions: expected 1 or more`];
  }
  return [];
}

function tagsOf(name: Metric["name"]): readonly string[] {
  const selectors = ["scenario", "sessions"];
  switch (kindOf[name]) {
    case "server":
      return selectors;
    case "recovery":
      return ["fault", ...selectors];
    case "invariant":
      return ["name", ...selectors];
    case "time":
    case "count": {
      const own = name === "errors" ? ["sqlstate"] : [];
      return ["operation", "window", ...own, "fault", ...selectors];
    }
  }
}
