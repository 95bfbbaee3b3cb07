/** Tallies as plain data, for messages between threads. */
import { Histogram, type HistogramParts } from "./histogram.ts";
import { type GateTally, OperationTally, Tally } from "./tally.ts";

export interface TallyParts {
  readonly operations: readonly (readonly [string, OperationParts])[];
  readonly statements: readonly (readonly [string, HistogramParts])[];
  readonly gates: readonly (readonly [string, GateParts])[];
  readonly scheduleLag: HistogramParts;
  readonly heardLag: HistogramParts;
  readonly reconnectErrors: ReadonlyMap<string, number>;
  readonly counts: Readonly<Record<TallyCount, number>>;
}

interface OperationParts {
  readonly histograms: Readonly<Record<OperationHistogram, HistogramParts>>;
  readonly errors: ReadonlyMap<string, number>;
  readonly errorMessages: ReadonlyMap<string, string>;
  readonly counts: Readonly<Record<OperationCount, number>>;
}

interface GateParts {
  readonly capacity: number;
  readonly wait: HistogramParts;
  readonly hold: HistogramParts;
  readonly queueMax: number;
}

const tallyCounts = ["started", "reconnects", "reconnectLostUs", "sessionsLost"] as const;
type TallyCount = (typeof tallyCounts)[number];

const operationCounts = ["insideMaxUs", "neverStarted", "retries", "wastedUs"] as const;
type OperationCount = (typeof operationCounts)[number];

type OperationHistogram = keyof ReturnType<typeof histogramsOf>;

export function partsOf(tally: Tally): TallyParts {
  return {
    operations: [...tally.operations].map(([name, operation]) => [name, operationParts(operation)]),
    statements: [...tally.statements].map(([name, histogram]) => [name, histogram.toParts()]),
    gates: [...tally.gates].map(([name, gate]) => [name, gateParts(gate)]),
    scheduleLag: tally.scheduleLag.toParts(),
    heardLag: tally.heardLag.toParts(),
    reconnectErrors: tally.reconnectErrors,
    counts: picked(tally, tallyCounts),
  };
}

export function tallyFrom(parts: TallyParts): Tally {
  const tally = new Tally();
  Object.assign(tally, parts.counts);
  for (const [name, operation] of parts.operations) fill(tally.operation(name), operation);
  for (const [name, histogram] of parts.statements) addParts(tally.statement(name), histogram);
  for (const [name, gate] of parts.gates)
    fillGate(tally.gate({ name, capacity: gate.capacity }), gate);
  addParts(tally.scheduleLag, parts.scheduleLag);
  addParts(tally.heardLag, parts.heardLag);
  for (const [code, count] of parts.reconnectErrors) tally.reconnectErrors.set(code, count);
  return tally;
}

function operationParts(operation: OperationTally): OperationParts {
  return {
    histograms: mapped(histogramsOf(operation), (histogram) => histogram.toParts()),
    errors: operation.errors,
    errorMessages: operation.errorMessages,
    counts: picked(operation, operationCounts),
  };
}

function fill(operation: OperationTally, parts: OperationParts): void {
  Object.assign(operation, parts.counts);
  const histograms = histogramsOf(operation);
  for (const name of Object.keys(histograms) as OperationHistogram[]) {
    addParts(histograms[name], parts.histograms[name]);
  }
  for (const [code, count] of parts.errors) operation.errors.set(code, count);
  for (const [code, message] of parts.errorMessages) operation.errorMessages.set(code, message);
}

function gateParts({ capacity, wait, hold, queueMax }: GateTally): GateParts {
  return { capacity, wait: wait.toParts(), hold: hold.toParts(), queueMax };
}

function fillGate(gate: GateTally, { wait, hold, queueMax }: GateParts): void {
  addParts(gate.wait, wait);
  addParts(gate.hold, hold);
  gate.queueMax = queueMax;
}

function histogramsOf(operation: OperationTally) {
  const { latency, service, poolWait, gateWait, queueWait, censored, firstAttempt } = operation;
  return { ...latency, service, poolWait, gateWait, queueWait, censored, firstAttempt };
}

function addParts(histogram: Histogram, parts: HistogramParts): void {
  histogram.add(Histogram.fromParts(parts));
}

function mapped<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  convert: (value: From) => To,
): Readonly<Record<Key, To>> {
  const entries = Object.entries<From>(record).map(([key, value]) => [key, convert(value)]);
  return Object.fromEntries(entries) as Record<Key, To>;
}

function picked<Key extends string>(
  from: Readonly<Record<Key, number>>,
  keys: readonly Key[],
): Readonly<Record<Key, number>> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Record<Key, number>;
}
