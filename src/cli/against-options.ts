/** `--against` of `loadgen run`: the same plan with another variant, or on another server, is the baseline. */
import type { Command } from "commander";
import type { Rounds } from "../compare/rounds.ts";
import { composedVariant, namesIn } from "../core/variant.ts";
import { wholeNumber } from "./option-values.ts";
import { collecting, UsageError } from "./problems.ts";
import { type Request, requestFrom } from "./run-request.ts";

/** With two runs a side nothing but equal runs of before would tell how much they differ. */
const roundsMin = 3;
const roundsMax = 100;

/** Eight degrees of freedom: the interval is 2.3 standard errors wide to each side, of endless many 2.0. */
const roundsDefault = "5";

export function declareAgainstOptions(command: Command): void {
  command
    .option(
      "--against <variant or url>",
      "A/B in one go: this run is the candidate, the same with this variant or server the baseline",
    )
    .option(
      "--rounds <n>",
      `of --against and --variants, each with a run of all that is compared (default ${roundsDefault})`,
    );
}

export interface AgainstAsked extends Pick<Rounds, "rounds"> {
  /** What the command line asks for beside --against. */
  readonly candidate: AskedSide;
  readonly baseline: AskedSide;
}

export interface AskedSide extends Request {
  /** Such as "variant current". */
  readonly name: string;
}

/** Throws a UsageError with every problem there is. */
export async function againstFrom(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<AgainstAsked> {
  const { against, rounds: roundsText, ...ofRun } = given;
  const problems: string[] = [];
  const rounds = roundsFrom(roundsText, roundsMin, problems);
  if (against === undefined)
    problems.push("--rounds needs --against or --variants: they say what to compare");
  problems.push(...ofOneRun(ofRun, "an A/B"));
  const candidate = await collecting(problems, () => requestFrom(words, ofRun));
  const other =
    candidate === null || typeof against !== "string"
      ? null
      : otherSide(against, candidate, problems);
  // What is wrong with one side may be wrong with both: it is told once.
  if (problems.length > 0 || candidate === null || other === null || rounds === null) {
    throw new UsageError(problems);
  }
  const baseline = await ofBaseline(() => requestFrom(words, { ...ofRun, ...other.given }));
  return {
    rounds,
    candidate: { ...candidate, name: other.nameOf(candidate) },
    baseline: { ...baseline, name: other.nameOf(baseline) },
  };
}

/** Null: it is among the problems. */
export function roundsFrom(given: unknown, least: number, problems: string[]): number | null {
  const rounds = wholeNumber(least, roundsMax).safeParse(given ?? roundsDefault);
  problems.push(...(rounds.error?.issues ?? []).map(({ message }) => `--rounds: ${message}`));
  return rounds.data ?? null;
}

/** Options that many runs of several plans would not heed. `many`: what they are, such as "an A/B". */
export function ofOneRun(
  given: Readonly<Record<string, unknown>>,
  many: string,
): readonly string[] {
  const isGiven = (...names: readonly string[]) => names.some((name) => given[name] !== undefined);
  return [
    ...(given.keep === true ? [`--keep: ${many} has too many databases: keep that of a run`] : []),
    ...(isGiven("ui", "uiPort")
      ? [`--ui, --ui-port: the page follows one run, and ${many} is many: expected them without it`]
      : []),
    ...(isGiven("metricsPort", "otlp")
      ? [
          `--metrics-port, --otlp: ${many} is many runs, and each would begin to count again: expected them without it`,
        ]
      : []),
  ];
}

interface OtherSide {
  /** Options of a run, in which the baseline differs from the candidate. */
  readonly given: Readonly<Record<string, unknown>>;
  /** What to call a side, by what both differ in. */
  readonly nameOf: (side: Request) => string;
}

/** A name is a variant's; everything with a scheme is an address, whose text may hold a password. */
function otherSide(
  against: string,
  { plan, system, options }: Request,
  problems: string[],
): OtherSide | null {
  const composed = system === null ? null : composedVariant(system, against);
  if (composed?.ok === true) {
    if (!plan.existing) return { given: { variant: against }, nameOf: byVariant };
    problems.push("--against: --existing uses one database as it is: give the URL of another");
    return null;
  }
  if (!/^postgres(ql)?:\/\//.test(against)) {
    const known = Object.keys(system?.variants ?? {});
    // Names that are known may be quoted: none of them is a password.
    if (composed !== null && namesIn(against).every((name) => known.includes(name))) {
      problems.push(...composed.problems.map((problem) => `--against: ${problem}`));
      return null;
    }
    const variants = known.join(", ");
    const variant = system === null ? "" : `a variant of ${system.name} (${variants}) or `;
    problems.push(`--against: expected ${variant}the URL of a server (postgresql://…)`);
    return null;
  }
  if (options.allowChaosOn !== undefined) {
    problems.push("--allow-chaos-on is a consent for one server: leave it out with two");
    return null;
  }
  return { given: { url: against }, nameOf: byServer };
}

function byVariant({ plan }: Request): string {
  return `variant ${plan.variant ?? ""}`;
}

function byServer({ plan }: Request): string {
  return plan.url === null ? "embedded server" : `server ${plan.url}`;
}

/** The candidate had no problem: whatever is wrong is wrong with the other variant or server. */
async function ofBaseline(work: () => Promise<Request>): Promise<Request> {
  const problems: string[] = [];
  const request = await collecting(problems, work);
  if (request === null) throw new UsageError(problems.map((text) => `--against: ${text}`));
  return request;
}
