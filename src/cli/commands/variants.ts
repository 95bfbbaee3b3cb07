/** `loadgen run --variants`: several variants in rounds, each held against the first. */
import { type KnownVariant, variantsInRounds } from "../../compare/variants-in-rounds.ts";
import { knownVariant } from "../../core/variant.ts";
import type { ExitCode } from "../../core/verdict.ts";
import { variantsText } from "../../report/variants-text.ts";
import { inRounds } from "../in-rounds.ts";
import { type AskedVariant, variantsFrom } from "../variants-options.ts";
import { storeVariants } from "../variants-folder.ts";

/** `words`: what stands on the command line beside known options, the scenario first. */
export async function variantsCommand(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const { rounds, sides } = await variantsFrom(words, given);
  const variants = Object.values(sides).map(knownOf);
  const [first = "", ...others] = Object.keys(sides);
  return inRounds({
    leading: first,
    sides,
    told: {
      option: "--variants",
      compares: `${others.join(", ")} with the first, ${first}`,
      all: "all variants",
      rounds,
    },
    measure: (around) => {
      const scenario = sides[first]?.scenario.name ?? "";
      return variantsInRounds({ ...around, scenario, variants, rounds, sides });
    },
    store: storeVariants,
    text: variantsText,
    exitCodeOf: ({ verdict }) => verdict.exitCode,
    expected: "the first variant and another one were measured",
  });
}

/** Only what has a system has variants. */
function knownOf({ name, system, plan: { variant, fixture } }: AskedVariant): KnownVariant {
  if (system === null || variant === null || fixture === null) {
    throw new Error(`a variant without a system: ${name}`);
  }
  const rows = system.tables.map(({ table, count }) => [table, count(fixture)] as const);
  const { differs } = knownVariant(system, variant);
  return { name, differs, rows: Object.fromEntries(rows) };
}
