/** `loadgen run --against`: two sides in turns, and whether the candidate is the same, faster or slower. */
import { interleaved } from "../../compare/interleaved.ts";
import { rememberedFigures } from "../../compare/remembered.ts";
import type { ExitCode } from "../../core/verdict.ts";
import { compareText } from "../../report/compare-text.ts";
import { againstFrom } from "../against-options.ts";
import { storeComparison } from "../comparison-folder.ts";
import { inRounds } from "../in-rounds.ts";
import { noiseFolder } from "../target.ts";

/** `words`: what stands on the command line beside known options, the scenario first. */
export async function againstCommand(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const { rounds, baseline, candidate } = await againstFrom(words, given);
  const sides = { candidate, baseline };
  return inRounds({
    leading: "candidate",
    sides,
    told: {
      option: "--against",
      compares: `the candidate, ${candidate.name}, with the baseline, ${baseline.name}`,
      all: "both sides",
      rounds,
    },
    measure: ({ note, ...around }) =>
      interleaved({
        ...around,
        rounds,
        sides: { baseline, candidate },
        // What was measured is compared all the same.
        remembered: (runs) =>
          rememberedFigures(noiseFolder(), runs).catch((error: unknown) => {
            note(error instanceof Error ? error.message : String(error));
            return [];
          }),
      }),
    store: storeComparison,
    text: compareText,
    exitCodeOf: ({ judgement }) => judgement.exitCode,
    expected: "both sides were measured",
  });
}
