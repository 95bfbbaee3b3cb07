/**
 * Reads thresholds that are written in YAML: a map of metrics to lists of expressions, a file of its own
 * or a part of another one. All problems are told, each with its place.
 */
import { isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument } from "yaml";
import { type Parsed, parsed, problemsOf, rejected } from "../../core/parsed.ts";
import type { PlannedThreshold } from "../../core/plan.ts";
import { type Metric, parseMetric } from "./threshold-metric.ts";
import { parseJudged } from "./threshold-text.ts";

/** One that was read, with where it stands: for problems that only show when it meets a run. */
export interface PlacedThreshold extends PlannedThreshold {
  /** Of its expression, such as `goals.yaml:3:5`. */
  readonly place: string;
}

/** `path` names the file in problems, and is the thresholds' source. */
export function parseThresholdFile(text: string, path: string): Parsed<readonly PlacedThreshold[]> {
  const lines = new LineCounter();
  // Doubled keys are reported here, with what they double.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const faulty = [...document.errors, ...document.warnings];
  if (faulty.length > 0) {
    return rejected(...faulty.map(({ pos, message }) => `${at(pos[0])}: not YAML: ${message}`));
  }
  return readThresholds(document.contents, { source: path, at });
}

/** What a map of thresholds stands in. */
export interface ThresholdReading {
  /** The thresholds' source: the path of the file. */
  readonly source: string;
  /** Of a character, by its offset in the file, such as `goals.yaml:3:5`. */
  readonly at: (offset: number) => string;
}

/** Of a map of metrics to lists of expressions, wherever in a YAML document it stands. */
export function readThresholds(
  node: unknown,
  reading: ThresholdReading,
): Parsed<readonly PlacedThreshold[]> {
  if (!isMap(node) || node.items.length === 0) {
    return rejected(`${reading.at(offsetOf(node))}: expected ${shape}`);
  }
  const seen = new Map<string, string>();
  const entries = node.items.map((pair) => readEntry(pair, { ...reading, seen }));
  const problems = problemsOf(...entries);
  if (problems.length > 0) return rejected(...problems);
  return parsed(entries.flatMap((entry) => (entry.ok ? entry.value : [])));
}

const shape =
  'metrics with lists of expressions, such as `latency{operation:read}: ["p(95) < 200ms"]`';

interface Reading extends ThresholdReading {
  /** Metrics and expressions read so far, in one spelling, with their places. */
  readonly seen: Map<string, string>;
}

type Entry = Parsed<readonly PlacedThreshold[]>;

function readEntry(pair: Pair, reading: Reading): Entry {
  const place = reading.at(offsetOf(pair.key));
  const text = textOf(pair.key);
  if (text === null) return rejected(`${place}: expected ${shape}`);
  const metric = parseMetric(text);
  const doubled = metric.ok ? noteDouble(JSON.stringify(metric.value), place, reading) : [];
  const expressions = readExpressions(pair.value, place, {
    ...reading,
    metric: metric.ok ? metric.value : null,
  });
  if (metric.ok && expressions.ok && doubled.length === 0) {
    return parsed(
      expressions.value.map((one) => ({ source: reading.source, metric: text, ...one })),
    );
  }
  const own = problemsOf(metric).map((problem) => `${place}: ${problem}`);
  return rejected(...own, ...doubled, ...problemsOf(expressions));
}

type Expression = Pick<PlacedThreshold, "expression" | "place">;

/** The expressions of one metric; where the metric is none, only their shape is checked. */
function readExpressions(
  node: unknown,
  keyPlace: string,
  reading: Reading & { readonly metric: Metric | null },
): Parsed<readonly Expression[]> {
  if (!isSeq(node) || node.items.length === 0) {
    const offset = offsetOf(node);
    const place = offset > 0 ? reading.at(offset) : keyPlace;
    return rejected(`${place}: expected a list of expressions, such as ["p(95) < 200ms"]`);
  }
  const problems = node.items.flatMap((item) => expressionProblems(item, reading));
  if (problems.length > 0) return rejected(...problems);
  return parsed(
    node.items.map((item) => ({
      expression: textOf(item) ?? "",
      place: reading.at(offsetOf(item)),
    })),
  );
}

function expressionProblems(
  item: unknown,
  reading: Reading & { readonly metric: Metric | null },
): readonly string[] {
  const place = reading.at(offsetOf(item));
  const text = textOf(item);
  if (text === null) return [`${place}: expected an expression, such as "p(95) < 200ms"`];
  if (reading.metric === null) return [];
  const judged = parseJudged(text, reading.metric);
  if (!judged.ok) return judged.problems.map((problem) => `${place}: ${problem}`);
  return noteDouble(JSON.stringify(judged.value), place, reading);
}

function noteDouble(spelling: string, place: string, { seen }: Reading): readonly string[] {
  const first = seen.get(spelling);
  seen.set(spelling, first ?? place);
  return first === undefined
    ? []
    : [`${place}: the same stands at ${first} already: expected it once`];
}

function textOf(node: unknown): string | null {
  return isScalar(node) && typeof node.value === "string" ? node.value : null;
}

/** Of a node's first character; 0 for an empty node that YAML leaves out. */
function offsetOf(node: unknown): number {
  return isScalar(node) || isSeq(node) || isMap(node) ? (node.range?.[0] ?? 0) : 0;
}
