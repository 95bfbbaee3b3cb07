/** `--variants` of `loadgen run`: the same plan with each of several variants, the first to hold the others against. */
import type { Command } from "commander";
import { roundsMin } from "../compare/compare-variants.ts";
import { ofOneRun, roundsFrom } from "./against-options.ts";
import { collecting, UsageError } from "./problems.ts";
import { type Request, requestFrom } from "./run-request.ts";

export function declareVariantsOption(command: Command): void {
  command.option(
    "--variants <names>",
    "several variants in rounds, each held against the first; by commas, one of several parts with +, such as current,differential+slowed",
  );
}

export interface VariantsAsked {
  readonly rounds: number;
  /** By the variants' names, such as "differential+fillfactor-85", in the order given. */
  readonly sides: Readonly<Record<string, AskedVariant>>;
}

export interface AskedVariant extends Request {
  readonly name: string;
}

/** Throws a UsageError with every problem there is. */
export async function variantsFrom(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<VariantsAsked> {
  const { variants, rounds: roundsText, against, variant, existing, ...ofRun } = given;
  const problems: string[] = [];
  const rounds = roundsFrom(roundsText, roundsMin, problems);
  if (against !== undefined) {
    problems.push("--variants and --against exclude each other: give one of them");
  }
  if (variant !== undefined) {
    problems.push("--variants and --variant exclude each other: put it into the list");
  }
  if (existing !== undefined) problems.push(ofClones);
  problems.push(...ofOneRun(ofRun, "a comparison of variants"));
  const names = String(variants).split(",");
  if (names.length < 2) {
    problems.push(
      `--variants: expected two or more, separated by commas, got ${names.length}: one alone is run with --variant`,
    );
  }
  const asked = await Promise.all(
    names.map((name) => askedVariant(words, ofRun, { name, problems })),
  );
  const known = asked.filter((one) => one !== null);
  problems.push(...givenTwice(known));
  // What is wrong with one may be wrong with all: it is told once.
  if (problems.length > 0 || rounds === null) throw new UsageError([...new Set(problems)]);
  return { rounds, sides: Object.fromEntries(known.map((one) => [one.name, one])) };
}

const ofClones = "--variants: each run has a clone of its own, and --existing none: leave it out";

async function askedVariant(
  words: readonly string[],
  ofRun: Readonly<Record<string, unknown>>,
  { name, problems }: { readonly name: string; readonly problems: string[] },
): Promise<AskedVariant | null> {
  const own: string[] = [];
  const request = await collecting(own, () => requestFrom(words, { ...ofRun, variant: name }));
  problems.push(...own.map((text) => text.replace(/^--variant:/, "--variants:")));
  if (request === null) return null;
  if (request.plan.existing) problems.push(ofClones);
  return { ...request, name: (request.plan.variant ?? "").replaceAll(",", "+") };
}

function givenTwice(asked: readonly AskedVariant[]): readonly string[] {
  const names = asked.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) < index));
  return [...twice].map((name) => `--variants: ${name} is given twice: expected each once`);
}
