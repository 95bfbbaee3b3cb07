/**
 * The grammar of thresholds: k6's expressions (`p(95) < 200ms`) on metrics with tags
 * (`latency{operation:read,window:fault}`), and `recovers within 10s` on recovery. It knows what can be written; whether it fits a run is
 * another question.
 */
import { durationExpected, parseDurationMs } from "../core/duration.ts";
import { type Parsed, parsed, problemsOf, rejected } from "../core/parsed.ts";
import type { PlannedThreshold } from "../core/plan.ts";
import { type WindowName, windowNames } from "../core/window.ts";

export interface Threshold {
  readonly planned: PlannedThreshold;
  readonly metric: Metric;
  readonly condition: Condition;
}

export type TimeMetric = "latency" | "service" | "pool_wait";
export type CountMetric = "committed" | "aborted" | "unknown" | "retries" | "errors";
/** Of the whole run, per committed transaction. */
export type ServerMetric = "dead_tuples" | "wal_bytes";

/** Of faults: how long after its release throughput and latency were back. */
export type RecoveryMetric = "recovery";

/** What is measured, and in which part of a run. Null: in all of it. */
export interface Metric {
  readonly name: TimeMetric | CountMetric | ServerMetric | RecoveryMetric;
  readonly operation: string | null;
  readonly window: WindowName | null;
  readonly sqlstate: string | null;
  /** Of recovery: the name of a fault; null: every fault that a run recovers from. */
  readonly fault: string | null;
  /** Selectors: the runs that it is about. */
  readonly scenario: string | null;
  readonly sessions: number | null;
}

export type Operator = "<" | "<=" | ">" | ">=" | "==" | "!=";
export type TimeUnit = "us" | "ms" | "s";

export type Aggregate =
  | { readonly kind: "avg" | "min" | "max" | "count" | "rate" | "value" | "recovered" }
  /** `p` from 0 to 1; `med` is 0.5. */
  | { readonly kind: "percentile"; readonly p: number };

export interface Condition {
  readonly aggregate: Aggregate;
  readonly operator: Operator;
  /** As written; in `unit`, where it is a time. */
  readonly limit: number;
  readonly unit: TimeUnit | null;
}

export function parseThreshold(planned: PlannedThreshold): Parsed<Threshold> {
  const metric = parseMetric(planned.metric);
  if (!metric.ok) return metric;
  const condition = parseCondition(planned.expression, metric.value.name);
  return condition.ok
    ? parsed({ planned, metric: metric.value, condition: condition.value })
    : condition;
}

/** Whether a metric is judged by times, and not by counts or figures of the server alone. */
export function isTime(name: Metric["name"]): boolean {
  return kindOf[name] === "time" || kindOf[name] === "recovery";
}

type MetricKind = "time" | "count" | "server" | "recovery";

const kindOf: Readonly<Record<Metric["name"], MetricKind>> = {
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
};

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
  if (kindOf[name] === "server") return selectors;
  if (kindOf[name] === "recovery") return ["fault", ...selectors];
  const parts = name === "errors" ? ["operation", "window", "sqlstate"] : ["operation", "window"];
  return [...parts, ...selectors];
}

/**
 * `aggregate operator number[unit]`, such as `p(95) < 200ms`. `===` is `==`, as in k6. Of recovery:
 * `recovers within 10s`.
 */
export function parseCondition(text: string, name: Metric["name"]): Parsed<Condition> {
  if (kindOf[name] === "recovery") return parseRecovery(text);
  const [, aggregateText, operator, number, unit] =
    /^\s*(\w+(?:\([^)]*\))?)\s*(<=|>=|<|>|===|==|!=)\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(
      text,
    ) ?? [];
  if (aggregateText === undefined || operator === undefined) {
    return rejected(
      `"${text}" is not an expression: expected ${aggregatesOf(name)}, then one of < <= > >= == !=, then a number, such as ${exampleOf(name)}`,
    );
  }
  const aggregate = parseAggregate(aggregateText, name);
  const limitUnit = parseUnit(unit ?? "", name);
  if (!aggregate.ok || !limitUnit.ok) {
    return rejected(...problemsOf(aggregate, limitUnit).map((why) => `"${text}": ${why}`));
  }
  return parsed({
    aggregate: aggregate.value,
    operator: (operator === "===" ? "==" : operator) as Operator,
    limit: Number(number),
    unit: limitUnit.value,
  });
}

function parseRecovery(text: string): Parsed<Condition> {
  const [, written = ""] = /^\s*recovers\s+within\s+(\S+)\s*$/.exec(text) ?? [];
  const ms = parseDurationMs(written);
  if (ms === null || ms === 0) {
    return rejected(
      `"${text}" is not an expression: expected recovers within a length of time (${durationExpected}), and more than 0`,
    );
  }
  const [limit, unit] = ms % 1000 === 0 ? ([ms / 1000, "s"] as const) : ([ms, "ms"] as const);
  return parsed({ aggregate: { kind: "recovered" }, operator: "<=", limit, unit });
}

function parseAggregate(text: string, name: Metric["name"]): Parsed<Aggregate> {
  const plain = plainAggregates[kindOf[name]].find((kind) => kind === text);
  if (plain !== undefined) return parsed({ kind: plain });
  if (kindOf[name] === "time") {
    if (text === "med") return parsed({ kind: "percentile", p: 0.5 });
    const [, percent] = /^p\((\d+(?:\.\d+)?)\)$/.exec(text) ?? [];
    if (percent !== undefined && Number(percent) > 0 && Number(percent) < 100) {
      return parsed({ kind: "percentile", p: Number(percent) / 100 });
    }
  }
  return rejected(`${name} has no ${text}: expected ${aggregatesOf(name)}`);
}

const plainAggregates = {
  time: ["avg", "min", "max"],
  count: ["count", "rate"],
  server: ["value"],
  // It has a grammar of its own.
  recovery: [],
} as const;

function aggregatesOf(name: Metric["name"]): string {
  const more = kindOf[name] === "time" ? ["med", "p(N) with N between 0 and 100"] : [];
  return [...plainAggregates[kindOf[name]], ...more].join(", ");
}

function exampleOf(name: Metric["name"]): string {
  return examples[kindOf[name]];
}

const examples: Readonly<Record<MetricKind, string>> = {
  time: "p(95) < 200ms",
  count: "count == 0",
  server: "value < 10",
  recovery: "recovers within 10s",
};

/** Times without a unit are milliseconds, as in k6. */
function parseUnit(text: string, name: Metric["name"]): Parsed<TimeUnit | null> {
  if (kindOf[name] !== "time") {
    return text === ""
      ? parsed(null)
      : rejected(`${name} is no time: expected no unit, not ${text}`);
  }
  if (text === "") return parsed("ms");
  if (text === "us" || text === "ms" || text === "s") return parsed(text);
  return rejected(`${text} is not a unit: expected us, ms or s`);
}
