/**
 * Tallies as plain data: for messages between threads, and for the lines that another process writes.
 * What becomes of the histograms in them is for whoever sends them to choose.
 */
import { Histogram, type HistogramParts } from "./histogram.ts";
import { type GateTally, Tally } from "./tally.ts";
import { OperationTally } from "./operation-tally.ts";

/** `Part`: a histogram as plain data. */
export interface TallyParts<Part> {
  readonly operations: readonly (readonly [string, OperationParts<Part>])[];
  readonly statements: readonly (readonly [string, Part])[];
  readonly gates: readonly (readonly [string, GateParts<Part>])[];
  readonly scheduleLag: Part;
  readonly heardLag: Part;
  readonly reconnectErrors: readonly (readonly [string, number])[];
  readonly counts: Readonly<Record<TallyCount, number>>;
}

interface OperationParts<Part> {
  readonly histograms: Readonly<Record<OperationHistogram, Part>>;
  readonly errors: readonly (readonly [string, number])[];
  readonly errorMessages: readonly (readonly [string, string])[];
  readonly counts: Readonly<Record<OperationCount, number>>;
}

interface GateParts<Part> {
  readonly capacity: number;
  readonly wait: Part;
  readonly hold: Part;
  readonly queueMax: number;
}

const tallyCounts = ["started", "reconnects", "reconnectLostUs", "sessionsLost"] as const;
type TallyCount = (typeof tallyCounts)[number];

const operationCounts = ["insideMaxUs", "neverStarted", "retries", "wastedUs"] as const;
type OperationCount = (typeof operationCounts)[number];

type OperationHistogram = keyof ReturnType<typeof histogramsOf>;

function partsOf<Part>(tally: Tally, part: (histogram: Histogram) => Part): TallyParts<Part> {
  return {
    operations: [...tally.operations].map(([name, operation]) => [
      name,
      {
        histograms: mapped(histogramsOf(operation), part),
        errors: [...operation.errors],
        errorMessages: [...operation.errorMessages],
        counts: picked(operation, operationCounts),
      },
    ]),
    statements: [...tally.statements].map(([name, histogram]) => [name, part(histogram)]),
    gates: [...tally.gates].map(([name, gate]) => [name, gateParts(gate, part)]),
    scheduleLag: part(tally.scheduleLag),
    heardLag: part(tally.heardLag),
    reconnectErrors: [...tally.reconnectErrors],
    counts: picked(tally, tallyCounts),
  };
}

/** What adds a histogram that is plain data to another. */
type AddPart<Part> = (histogram: Histogram, part: Part) => void;

function tallyFrom<Part>(parts: TallyParts<Part>, add: AddPart<Part>): Tally {
  const tally = new Tally();
  Object.assign(tally, parts.counts);
  for (const [name, operation] of parts.operations) fill(tally.operation(name), operation, add);
  for (const [name, histogram] of parts.statements) add(tally.statement(name), histogram);
  for (const [name, { capacity, wait, hold, queueMax }] of parts.gates) {
    const gate = tally.gate({ name, capacity });
    add(gate.wait, wait);
    add(gate.hold, hold);
    gate.queueMax = queueMax;
  }
  add(tally.scheduleLag, parts.scheduleLag);
  add(tally.heardLag, parts.heardLag);
  for (const [code, count] of parts.reconnectErrors) tally.reconnectErrors.set(code, count);
  return tally;
}

/** For a message between threads: quick to make, and larger than it need be. */
export function messageOf(tally: Tally): TallyParts<HistogramParts> {
  return partsOf(tally, (histogram) => histogram.toParts());
}

export function tallyFromMessage(message: TallyParts<HistogramParts>): Tally {
  return tallyFrom(message, (histogram, part) => histogram.add(Histogram.fromParts(part)));
}

/** A histogram as JSON: the slots that are not empty, each with its count. Null: there is nothing in it. */
export interface HistogramJson {
  readonly slots: readonly number[];
  readonly counts: readonly number[];
  readonly sumUs: number;
  readonly minUs: number;
  readonly maxUs: number;
  readonly clipped: number;
}

export type TallyJson = TallyParts<HistogramJson | null>;

/** For a line of text: as small as what is in it. */
export function jsonOf(tally: Tally): TallyJson {
  return partsOf(tally, (histogram) => {
    if (histogram.count === 0) return null;
    const { slots, counts, ...figures } = histogram.toEntries();
    return { ...figures, slots: [...slots], counts: [...counts] };
  });
}

export function tallyFromJson(json: TallyJson): Tally {
  return tallyFrom(json, (histogram, part) => {
    if (part === null) return;
    const { slots, counts, ...figures } = part;
    const entries = { slots: Uint16Array.from(slots), counts: Uint32Array.from(counts) };
    histogram.addEntries({ ...figures, ...entries });
  });
}

function fill<Part>(
  operation: OperationTally,
  parts: OperationParts<Part>,
  add: AddPart<Part>,
): void {
  Object.assign(operation, parts.counts);
  const histograms = histogramsOf(operation);
  for (const name of Object.keys(histograms) as OperationHistogram[]) {
    add(histograms[name], parts.histograms[name]);
  }
  for (const [code, count] of parts.errors) operation.errors.set(code, count);
  for (const [code, message] of parts.errorMessages) operation.errorMessages.set(code, message);
}

function gateParts<Part>(
  { capacity, wait, hold, queueMax }: GateTally,
  part: (histogram: Histogram) => Part,
): GateParts<Part> {
  return { capacity, wait: part(wait), hold: part(hold), queueMax };
}

function histogramsOf(operation: OperationTally) {
  const { latency, service, poolWait, gateWait, queueWait, censored, firstAttempt } = operation;
  return { ...latency, service, poolWait, gateWait, queueWait, censored, firstAttempt };
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
