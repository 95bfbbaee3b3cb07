/**
 * What must be so of a metric: k6's expressions (`p(95) < 200ms`), over any stretch of a length
 * (`any 10s`), in a window (`during fault`), beside the baseline (`<= baseline * 1.10`); of recovery
 * `recovers within 10s`, of invariants `hold`.
 */
import { durationExpected, parseDurationMs } from "../../core/duration.ts";
import { type Parsed, parsed, problemsOf, rejected } from "../../core/parsed.ts";
import { type WindowName, windowNames } from "../../core/window.ts";
import { kindOf, type Metric, type MetricKind } from "./threshold-metric.ts";

export type Operator = "<" | "<=" | ">" | ">=" | "==" | "!=";
export type TimeUnit = "us" | "ms" | "s";

export type Aggregate =
  | {
      readonly kind: "avg" | "min" | "max" | "count" | "rate" | "value" | "recovered" | "hold";
    }
  /** `p` from 0 to 1; `med` is 0.5. */
  | { readonly kind: "percentile"; readonly p: number };

export interface Condition {
  readonly aggregate: Aggregate;
  readonly operator: Operator;
  /** As written; in `unit`, where it is a time. Relative: how many times the baseline's figure. */
  readonly limit: number;
  readonly isRelative: boolean;
  /** Null: it is no time. */
  readonly unit: TimeUnit | null;
  /** It must hold over any stretch of so many seconds; null: over the whole of its part of the run. */
  readonly anySeconds: number | null;
}

/** A condition, and the window that it names; null: none. */
export interface Expression {
  readonly condition: Condition;
  readonly window: WindowName | null;
}

/**
 * `aggregate operator limit`, then `any LENGTH` and `during WINDOW`, or neither. `===` is `==`, as in
 * k6. Of recovery: `recovers within LENGTH`; of invariants: `hold`.
 */
export function parseExpression(text: string, name: Metric["name"]): Parsed<Expression> {
  if (kindOf[name] === "recovery") return parseRecovery(text);
  if (kindOf[name] === "invariant") return parseHold(text);
  const [, aggregateText, operator, limitText, clauseText] = expressionForm.exec(text) ?? [];
  if (aggregateText === undefined || operator === undefined) {
    return rejected(
      `"${text}" is not an expression: expected ${aggregatesOf(name)}, then one of < <= > >= == !=, then a number or baseline * a number, such as ${examples[kindOf[name]]}`,
    );
  }
  const aggregate = parseAggregate(aggregateText, name);
  const limit = parseLimit(limitText ?? "", name);
  const clauses = parseClauses(clauseText ?? "", name);
  const isRelative = limit.ok && limit.value.isRelative;
  const unequal = aggregate.ok && isRelative ? relativeProblems(aggregate.value, name) : [];
  if (!aggregate.ok || !limit.ok || !clauses.ok || unequal.length > 0) {
    const problems = [...problemsOf(aggregate, limit, clauses), ...unequal];
    return rejected(...problems.map((why) => `"${text}": ${why}`));
  }
  const { anySeconds, window } = clauses.value;
  const condition: Condition = {
    aggregate: aggregate.value,
    operator: (operator === "===" ? "==" : operator) as Operator,
    ...limit.value,
    anySeconds,
  };
  return parsed({ condition, window });
}

/** Aggregate, operator, limit, and the clauses that follow; the limit with its unit, which is no clause. */
const expressionForm =
  /^\s*(\w+(?:\([^)]*\))?)\s*(<=|>=|<|>|===|==|!=)\s*(baseline(?:\s*\*\s*\d+(?:\.\d+)?)?|\d+(?:\.\d+)?(?:\s*(?!any\b|during\b)[a-z]+)?)(?=\s|$)\s*((?:any|during)\b.*)?$/i;

function parseRecovery(text: string): Parsed<Expression> {
  const [, written = ""] = /^\s*recovers\s+within\s+(\S+)\s*$/.exec(text) ?? [];
  const ms = parseDurationMs(written);
  if (ms === null || ms === 0) {
    return rejected(
      `"${text}" is not an expression: expected recovers within a length of time (${durationExpected}), and more than 0`,
    );
  }
  const [limit, unit] = ms % 1000 === 0 ? ([ms / 1000, "s"] as const) : ([ms, "ms"] as const);
  return parsed(plainly({ aggregate: { kind: "recovered" }, operator: "<=", limit, unit }));
}

function parseHold(text: string): Parsed<Expression> {
  if (text.trim() !== "hold") {
    return rejected(`"${text}" is not an expression on invariants: expected hold`);
  }
  return parsed(plainly({ aggregate: { kind: "hold" }, operator: "==", limit: 1, unit: null }));
}

function plainly(condition: Omit<Condition, "isRelative" | "anySeconds">): Expression {
  return { condition: { ...condition, isRelative: false, anySeconds: null }, window: null };
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
  // These have grammars of their own.
  recovery: [],
  invariant: [],
} as const;

function aggregatesOf(name: Metric["name"]): string {
  const more = kindOf[name] === "time" ? ["med", "p(N) with N between 0 and 100"] : [];
  return [...plainAggregates[kindOf[name]], ...more].join(", ");
}

const examples: Readonly<Record<MetricKind, string>> = {
  time: "p(95) < 200ms",
  count: "count == 0",
  server: "value < 10",
  recovery: "recovers within 10s",
  invariant: "hold",
};

type Limit = Pick<Condition, "limit" | "unit" | "isRelative">;

function parseLimit(text: string, name: Metric["name"]): Parsed<Limit> {
  if (text.startsWith("baseline")) {
    const [, factor] = /^baseline\s*\*\s*(\d+(?:\.\d+)?)\s*$/.exec(text) ?? [];
    if (factor === undefined || Number(factor) === 0) {
      return rejected("expected baseline * a number above 0, such as baseline * 1.10");
    }
    const unit = kindOf[name] === "time" ? "ms" : null;
    return parsed({ limit: Number(factor), isRelative: true, unit });
  }
  const [, number, unitText = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const unit = parseUnit(unitText, name);
  return unit.ok ? parsed({ limit: Number(number), isRelative: false, unit: unit.value }) : unit;
}

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

/** Figures that a longer stretch has more of, or more extreme, say nothing beside a shorter one. */
function relativeProblems({ kind }: Aggregate, name: Metric["name"]): readonly string[] {
  if (kind === "percentile" || kind === "avg" || kind === "rate") return [];
  const comparable = { time: "avg, med or p(N)", count: "rate" } as const;
  const nameKind = kindOf[name];
  if (nameKind !== "time" && nameKind !== "count") {
    return [`${name} is known of the whole run alone, and not of its baseline: expected a number`];
  }
  return [
    `${kind} depends on how long a window is, and cannot be compared with the baseline's: expected ${comparable[nameKind]}`,
  ];
}

type Clauses = Pick<Condition, "anySeconds"> & Pick<Expression, "window">;

function parseClauses(text: string, name: Metric["name"]): Parsed<Clauses> {
  const words = text.trim() === "" ? [] : text.trim().split(/\s+/);
  let clauses: Clauses = { anySeconds: null, window: null };
  const problems: string[] = [];
  for (let index = 0; index < words.length; index += 2) {
    const [word = "", value = ""] = words.slice(index, index + 2);
    const read = parseClause(word, value, name);
    if (words.indexOf(word) < index) problems.push(`${word} is given twice: expected it once`);
    else if (read.ok) clauses = { ...clauses, ...read.value };
    else problems.push(...read.problems);
  }
  return problems.length > 0 ? rejected(...problems) : parsed(clauses);
}

function parseClause(word: string, value: string, name: Metric["name"]): Parsed<Partial<Clauses>> {
  if (word !== "any" && word !== "during") {
    return rejected(`expected any with a length, or during with a window, not ${word}`);
  }
  if (kindOf[name] === "server") {
    return rejected(`${name} is known of the whole run alone: expected no ${word}`);
  }
  if (word === "during") {
    const window = windowNames.find((one) => one === value);
    if (window !== undefined) return parsed({ window });
    return rejected(`expected during and one of ${windowNames.join(", ")}, not "${value}"`);
  }
  const ms = parseDurationMs(value);
  if (ms !== null && ms >= 1000 && ms <= anySecondsMax * 1000 && ms % 1000 === 0) {
    return parsed({ anySeconds: ms / 1000 });
  }
  return rejected(
    `expected any and a length of whole seconds, 1s to ${anySecondsMax}s, not "${value}"`,
  );
}

/** All seconds of a stretch are kept while it goes on; what takes longer is a matter of windows. */
const anySecondsMax = 600;
