/**
 * What a run is worth as metrics, while it goes on and at its end: one list of them, by the names of
 * OpenTelemetry, which Prometheus and OTLP each write in their own way. Counters and latencies are of
 * the measured time alone and end up as what run.json has; what is sampled tells of the warm-up, too.
 */
import type { Plan } from "../core/plan.ts";
import type { Histogram } from "../metrics/histogram.ts";
import { Tally } from "../metrics/tally.ts";
import type { Segment } from "../metrics/timeline.ts";
import type { RunListener, RunSample } from "../run/listener.ts";
import type { RunResult } from "../run/result.ts";

export type Labels = Readonly<Record<string, string>>;

export interface Point<Value> {
  readonly labels: Labels;
  readonly value: Value;
}

interface Described {
  /** With dots, as OpenTelemetry has it. */
  readonly name: string;
  /** By UCUM: `s`, or what is counted, in braces. */
  readonly unit: string;
  readonly help: string;
}

/** Times of a histogram are in microseconds, whatever the unit says: whoever writes it down converts them. */
export type Family =
  | (Described & { readonly kind: "counter" | "gauge"; readonly points: readonly Point<number>[] })
  | (Described & { readonly kind: "histogram"; readonly points: readonly Point<Histogram>[] });

type MetersPlan = Pick<
  Plan,
  "scenario" | "system" | "variant" | "engine" | "seed" | "sessions" | "faults"
>;

/** Sums up what a run tells; a listener's two methods are its own. */
export class RunMeters implements Pick<RunListener, "sample" | "interval"> {
  /** Which run it is, by what tells series of different runs apart. */
  readonly labels: Labels;
  readonly #plan: MetersPlan;
  readonly #version: string;
  readonly #totals = new Tally();
  readonly #counts = {
    warmup: { offered: 0, achieved: 0 },
    measured: { offered: 0, achieved: 0 },
  };
  #last: RunSample | null = null;
  #end: { readonly result: RunResult; readonly epochMs: number } | null = null;
  #revision = 0;

  /** `version`: loadgen's own. */
  constructor(plan: MetersPlan, version: string) {
    this.#plan = plan;
    this.#version = version;
    this.labels = { scenario: plan.scenario, variant: plan.variant ?? "" };
  }

  /** Rises whenever something has changed. */
  get revision(): number {
    return this.#revision;
  }

  readonly interval = ({ tally }: Segment): void => {
    this.#totals.add(tally);
    this.#revision++;
  };

  readonly sample = (sample: RunSample): void => {
    const counts = this.#counts[sample.phase];
    counts.offered += sample.offered;
    counts.achieved += sample.achieved;
    this.#last = sample;
    this.#revision++;
  };

  /** `epochMs`: when that was, by the time of day. */
  ended(result: RunResult, epochMs: number): void {
    this.#end = { result, epochMs };
    // What was seen last is no more.
    this.#last = null;
    this.#revision++;
  }

  families(): readonly Family[] {
    return [...this.#aboutTheRun(), ...this.#counted(), ...this.#sampled(), ...this.#atTheEnd()];
  }

  #aboutTheRun(): readonly Family[] {
    const { system, engine, seed, sessions } = this.#plan;
    const labels = {
      ...{ version: this.#version, engine, system: system ?? "" },
      ...{ seed: String(seed), sessions: String(sessions) },
    };
    return [gauge("loadgen.run_info", "{run}", "What is run, as labels; always 1", labels, 1)];
  }

  #counted(): readonly Family[] {
    const operations = [...this.#totals.operations];
    const latencies = operations.flatMap(([operation, { latency, censored }]) =>
      Object.entries({ ...latency, censored }).map(([outcome, value]) => ({
        labels: { operation, outcome },
        value,
      })),
    );
    return [
      counter("loadgen.transactions", "{transaction}", {
        help: "Transactions of the measured time, by how they ended; censored: not within the run",
        points: latencies.map(({ labels, value }) => ({ labels, value: value.count })),
      }),
      {
        kind: "histogram",
        name: "loadgen.transaction.latency",
        unit: "s",
        help: "From the intended start to the end, retries and waiting for a connection included",
        // Most kinds of ends never come, and a histogram is twenty lines of text.
        points: latencies.filter(({ value }) => value.count > 0),
      },
      counter("loadgen.retries", "{retry}", {
        help: "Further attempts of transactions",
        points: operations.map(([operation, { retries: value }]) => ({
          labels: { operation },
          value,
        })),
      }),
      counter("loadgen.errors", "{error}", {
        help: "Failed attempts, those that a retry made good included, by SQLSTATE or code of the transport",
        points: operations.flatMap(([operation, { errors }]) =>
          [...errors].map(([sqlstate, value]) => ({ labels: { operation, sqlstate }, value })),
        ),
      }),
    ];
  }

  #sampled(): readonly Family[] {
    const phases = Object.entries(this.#counts);
    const last = this.#last;
    const inForce = new Set(last?.faults ?? []);
    return [
      counter("loadgen.offered_transactions", "{transaction}", {
        help: "Started, in an open loop due, as sampled once a second",
        points: phases.map(([phase, { offered: value }]) => ({ labels: { phase }, value })),
      }),
      counter("loadgen.achieved_transactions", "{transaction}", {
        help: "Finished in any way, as sampled once a second",
        points: phases.map(([phase, { achieved: value }]) => ({ labels: { phase }, value })),
      }),
      {
        kind: "gauge",
        name: "loadgen.fault_active",
        unit: "{fault}",
        help: "1 while the fault is in force",
        points: this.#plan.faults.map(({ text: fault }) => ({
          labels: { fault },
          value: inForce.has(fault) ? 1 : 0,
        })),
      },
      ...(last === null ? [] : lastSeen(last)),
    ];
  }

  #atTheEnd(): readonly Family[] {
    if (this.#end === null) return [];
    const { result, epochMs } = this.#end;
    const { verdict, server } = result;
    return [
      gauge(
        "loadgen.exit_code",
        "{code}",
        "How the run was judged; 0: all is well",
        { status: verdict.status },
        verdict.exitCode,
      ),
      gauge(
        "loadgen.server_info",
        "{server}",
        "The PostgreSQL that was loaded; always 1",
        { version: server.version },
        1,
      ),
      gauge("loadgen.run_end_timestamp", "s", "When the run ended", {}, epochMs / 1000),
    ];
  }
}

/** What was not seen has no point: 0 would be a figure. */
function lastSeen(last: RunSample): readonly Family[] {
  const { atMs, busySessions, activeSessions, waiting, oldestTransactionMs, waits } = last;
  const seen = [
    {
      ...{ name: "loadgen.run_clock", unit: "s", value: atMs / 1000 },
      help: "Since the measured time began; below 0 in the warm-up",
    },
    {
      ...{ name: "loadgen.busy_sessions", unit: "{session}", value: busySessions },
      help: "Active or idle in transaction, as the server saw them last",
    },
    {
      ...{ name: "loadgen.active_sessions", unit: "{session}", value: activeSessions },
      help: "Active alone, as the server saw them last",
    },
    {
      ...{ name: "loadgen.waiting_arrivals", unit: "{transaction}", value: waiting },
      help: "Open loop: due, and no session is free to start them",
    },
    {
      ...{
        name: "loadgen.oldest_transaction_age",
        unit: "s",
        value: oldestTransactionMs === null ? null : oldestTransactionMs / 1000,
      },
      help: "Of the oldest open transaction of the run's sessions",
    },
  ];
  const waitPoints = waits.map(({ type, event, count: value }) => ({
    labels: { type: type ?? "none", event },
    value,
  }));
  return [
    ...seen.flatMap(({ name, unit, help, value }) =>
      value === null ? [] : [gauge(name, unit, help, {}, value)],
    ),
    {
      kind: "gauge",
      name: "loadgen.session_waits",
      unit: "{session}",
      help: "Busy sessions by what they wait for, as the server saw them last; type none: running",
      points: waitPoints,
    },
  ];
}

function counter(
  name: string,
  unit: string,
  rest: { readonly help: string; readonly points: readonly Point<number>[] },
): Family {
  return { kind: "counter", name, unit, ...rest };
}

function gauge(name: string, unit: string, help: string, labels: Labels, value: number): Family {
  return { kind: "gauge", name, unit, help, points: [{ labels, value }] };
}
