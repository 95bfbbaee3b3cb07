/** The options of `loadgen run`: their help, and what each may be given. */
import type { Command } from "commander";
import { z } from "zod";
import type { FixtureParameters } from "../core/system.ts";
import { givenName } from "./option-names.ts";
import { otlpProblem } from "./otlp-endpoint.ts";
import {
  choice,
  duration,
  durationRange,
  listenAddress,
  rate,
  wholeNumber,
} from "./option-values.ts";
import { parseSizes, sizeOptions, systemNames } from "./size-options.ts";

/** One backend process each, at the server; beyond this nobody runs PostgreSQL without a pooler. */
export const sessionsMax = 10_000;

/** On many machines, through poolers. What the server takes is asked before anything starts. */
const farSessionsMax = 100_000;

/** More threads than any machine of today has cores only wait for one another. */
const workersMax = 256;

const day = 24 * 60 * 60 * 1000;

/** Flag to schema and help; the name in the plan is the flag in camel case. */
const valued = {
  "--sessions <n>": [wholeNumber(1, farSessionsMax), "concurrent sessions, each a connection"],
  "--duration <time>": [duration("20s", 1000), "measured time (default 20s)"],
  "--transactions <n>": [wholeNumber(1), "per session, instead of a duration"],
  "--warmup <time>": [duration("5s"), "load before the measured time (default 5s)"],
  "--rate <n>": [rate, "open loop: transactions a second in all, or a ramp such as 100..1000"],
  "--arrivals <kind>": [
    choice(["poisson", "constant"]),
    "how arrivals of --rate are spread over time (default poisson)",
  ],
  "--think <range>": [durationRange, "pause between transactions, such as 10ms..50ms, or 0"],
  "--hold <time>": [duration("100ms"), "client time inside each transaction"],
  "--seed <n>": [wholeNumber(0), "of all decisions (default 12345)"],
  "--fixture <size>": [z.string(), "size of the data by name, such as small"],
  "--fixture-from <folder>": [z.string(), "rows of exported CSV files instead of made ones"],
  "--payloads <file>": [z.string(), "YAML file of payloads of your own, beside the system's"],
  "--variant <name>": [
    z.string(),
    "variant of the system, or several joined by +, see loadgen list variants",
  ],
  "--isolation <level>": [
    choice(["read-committed", "repeatable-read", "serializable"]),
    "isolation level (default read-committed)",
  ],
  "--pool-max <n>": [wholeNumber(1, sessionsMax), "a real pool of n connections for all sessions"],
  "--driver-sockets <n>": [
    wholeNumber(1, sessionsMax),
    "a mistake made on purpose: sessions share n sockets that the judge is not told of",
  ],
  "--driver-overhead <time>": [
    duration("45ms"),
    "how long the driver keeps a socket idle before each transaction (default 0)",
  ],
  "--timeout <time>": [duration("30s", 1), "a transaction, at the client (default 30s)"],
  "--grace <time>": [duration("5s"), "for what still runs at the end (default 5s)"],
  "--statement-timeout <time>": [duration("60s"), "at the server (default 60s, 0 for none)"],
  "--lock-timeout <time>": [duration("10s"), "at the server (default 10s, 0 for none)"],
  "--allow-chaos-on <name>": [
    z.string(),
    "consent to faults on a server of your own: the database's name or the system identifier",
  ],
  "--engine <name>": [choice(["pg", "k6"]), "what drives the sessions (default pg)"],
  "--k6 <path>": [z.string(), "the k6 of --engine k6 (else one of our own, built with Go)"],
  "--workers <n>": [wholeNumber(1, workersMax), "threads that drive the sessions (default 1)"],
  "--driver <name>": [
    choice(["lean", "plain"]),
    "what speaks to the server: a lean path, or the pg library alone (default lean)",
  ],
  "--url <url>": [z.string(), "a server of your own (else PGHOST and so on, else embedded)"],
  "--out <folder>": [z.string(), "where to write (default reports/<time>-<scenario>)"],
  "--metrics-port <port>": [
    listenAddress,
    "serve the run's metrics to Prometheus while it goes on (0: any free port), at 127.0.0.1 unless an address stands before it, such as 0.0.0.0:9464",
  ],
  "--otlp <url>": [
    z.string().superRefine((given, context) => {
      const message = otlpProblem(given);
      if (message !== null) context.addIssue({ code: "custom", message });
    }),
    "send the run's metrics to an OpenTelemetry collector (else OTEL_EXPORTER_OTLP_ENDPOINT)",
  ],
  "--repeat <folder>": [z.string(), "the plan of an earlier run; further options change it"],
} as const;

const repeated = {
  "--chaos <fault>":
    "name[:key=value,…][@start[+length]], or random:every=10s,length=3s; see loadgen chaos list; repeatable",
  "--while <sql>":
    'statements, or a .sql file, to be performed while the load goes on, such as "vacuum my_table@10s"; repeatable',
  "--thresholds <file>": "YAML file of thresholds to judge by; repeatable",
} as const;

const flags = {
  "--existing": "use the database of --url as it is: no clone, no DDL",
  "--keep": "keep the run's database",
  "--ledger":
    "every writing transaction leaves an entry, to find lost ones (default: under faults that drop connections)",
  "--no-ledger": "keep no ledger, whatever the faults",
  "--explain":
    "explain each operation before the run and after it, and tell whose plan changed: explain.json",
  "--quiet": "no live lines",
  "--json": "the final result on stdout, nothing else there",
} as const;

/** A year of milliseconds would overflow the timers; a day is more than any run needs. */
const timerMsMax = day;

/** Those that a timer of ours waits for. */
const timerFlags = [
  "--duration <time>",
  "--warmup <time>",
  "--timeout <time>",
  "--grace <time>",
  "--hold <time>",
  "--driver-overhead <time>",
] as const satisfies readonly (keyof typeof valued)[];

/** An option of a run as a file has it, by its name without dashes. */
export interface NamedOption {
  readonly name: string;
  readonly help: string;
  /** What it may be; null: a text or a number that is read as on the command line. */
  readonly choices: readonly string[] | null;
}

/** Those that take one value. */
export const valuedOptions: readonly NamedOption[] = [
  ...Object.entries(valued).map(([flag, [schema, help]]) => {
    const choices = schema.meta()?.choices;
    const isChoice = Array.isArray(choices);
    return { name: nameOf(flag).slice(2), help, choices: isChoice ? choices.map(String) : null };
  }),
  ...sizeOptions.map(({ flag, help }) => ({ name: nameOf(flag).slice(2), help, choices: null })),
];

/** Declares the options at a command. */
export function declareRunOptions(command: Command): void {
  const collect = (value: string, earlier: readonly string[]) => [...earlier, value];
  for (const [flag, [, help]] of Object.entries(valued)) command.option(flag, help);
  for (const { flag, help } of sizeOptions) command.option(flag, help);
  for (const [flag, help] of Object.entries(repeated)) command.option(flag, help, collect, []);
  for (const [flag, help] of Object.entries(flags)) command.option(flag, help);
}

const fixtureFlags = ["--fixture <size>", "--variant <name>"] as const;

/** Those of the options that say which data: for `loadgen fixtures`. */
export function declareFixtureOptions(command: Command): void {
  command.option("--system <name>", "which system's data", systemNames[0]);
  for (const flag of fixtureFlags) command.option(flag, valued[flag][1]);
  for (const { flag, help } of sizeOptions) command.option(flag, help);
}

type Valued = {
  [Flag in keyof typeof valued as CamelCase<Flag>]?: z.output<(typeof valued)[Flag][0]>;
};
type CamelCase<Flag extends string> = Flag extends `--${infer Name} <${string}`
  ? Camel<Name>
  : never;
type Camel<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** What was given, parsed; what was not given is absent. */
export type RunOptions = Valued & {
  /** Of the data, by parameter. */
  sizes: FixtureParameters;
  chaos: readonly string[];
  while?: readonly string[];
  thresholds: readonly string[];
  existing?: true;
  keep?: true;
  ledger?: boolean;
  explain?: true;
  quiet?: true;
  json?: true;
};

/** Parses what the command line gave; problems name the option. */
export function parseRunOptions(given: Readonly<Record<string, unknown>>): {
  options: RunOptions;
  problems: readonly string[];
} {
  const { sizes, problems: wrongSizes } = parseSizes(given);
  const names = sizeOptions.map(({ flag }) => givenName(flag));
  const others = Object.entries(given).filter(([name]) => !names.includes(name));
  const options: Record<string, unknown> = { ...Object.fromEntries(others), sizes };
  const problems = [...wrongSizes];
  for (const [flag, [schema]] of Object.entries(valued)) {
    const name = givenName(flag);
    if (given[name] === undefined) continue;
    const parsed = schema.safeParse(given[name]);
    // What could not be read counts as not given, so that it makes no further problems.
    options[name] = parsed.data;
    const issues = parsed.error?.issues ?? [];
    problems.push(...issues.map((issue) => `${nameOf(flag)}: ${issue.message}`));
  }
  for (const flag of timerFlags) {
    const value = options[givenName(flag)];
    if (typeof value === "number" && value > timerMsMax) {
      problems.push(`${nameOf(flag)}: expected at most 24h`);
    }
  }
  return { options: options as RunOptions, problems };
}

function nameOf(flag: string): string {
  return flag.split(" ")[0] ?? flag;
}
