/** `--against` of `loadgen run`: the same plan with another variant, or on another server, is the baseline. */
import type { Command } from "commander";
import type { Rounds } from "../compare/rounds.ts";
import { composedVariant } from "../core/variant.ts";
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
      `of --against, each with a run of both sides (default ${roundsDefault})`,
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
  const { against, rounds: roundsText = roundsDefault, ...ofRun } = given;
  const rounds = wholeNumber(roundsMin, roundsMax).safeParse(roundsText);
  const problems = (rounds.error?.issues ?? []).map(({ message }) => `--rounds: ${message}`);
  if (against === undefined)
    problems.push("--rounds needs --against: it says with what to compare");
  if (ofRun.keep === true) {
    problems.push("--keep: an A/B has too many databases: keep that of a run");
  }
  problems.push(...ofOneRun(ofRun));
  const candidate = await collecting(problems, () => requestFrom(words, ofRun));
  const other =
    candidate === null || typeof against !== "string"
      ? null
      : otherSide(against, candidate, problems);
  // What is wrong with one side may be wrong with both: it is told once.
  if (problems.length > 0 || candidate === null || other === null || !rounds.success) {
    throw new UsageError(problems);
  }
  const baseline = await ofBaseline(() => requestFrom(words, { ...ofRun, ...other.given }));
  return {
    rounds: rounds.data,
    candidate: { ...candidate, name: other.nameOf(candidate) },
    baseline: { ...baseline, name: other.nameOf(baseline) },
  };
}

/** Options that an A/B would not heed: it is many runs, of two plans. */
function ofOneRun(given: Readonly<Record<string, unknown>>): readonly string[] {
  const isGiven = (...names: readonly string[]) => names.some((name) => given[name] !== undefined);
  return [
    ...(isGiven("ui", "uiPort")
      ? ["--ui, --ui-port: the page follows one run, and an A/B is many: expected them without it"]
      : []),
    ...(isGiven("metricsPort", "otlp")
      ? [
          "--metrics-port, --otlp: an A/B is many runs, and each would begin to count again: expected them without it",
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
    problems.push("--against: --existing uses the data as it is, without a variant: give a URL");
    return null;
  }
  if (!/^postgres(ql)?:\/\//.test(against)) {
    const known = Object.keys(system?.variants ?? {});
    // Names that are known may be quoted: none of them is a password.
    if (composed !== null && against.split(",").every((name) => known.includes(name.trim()))) {
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
