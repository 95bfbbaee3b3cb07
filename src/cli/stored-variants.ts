/** Reads a comparison of variants, for its page. */
import { join } from "node:path";
import { z } from "zod";
import type { VariantsResult } from "../compare/variants-result.ts";
import { type Parsed, parsed } from "../core/parsed.ts";
import { storedJson } from "../run/stored-run.ts";

/** What tells it from any other file; loadgen itself wrote it, and wrote the rest as well. */
const variantsFields = z.looseObject({
  schema: z.literal("loadgen.variants/1"),
  verdict: z.looseObject({ status: z.string(), exitCode: z.int(), reasons: z.array(z.string()) }),
  scenario: z.string(),
  rounds: z.looseObject({ planned: z.int(), complete: z.int() }),
  variants: z.array(
    z.looseObject({
      name: z.string(),
      differs: z.array(z.string()),
      folders: z.array(z.string().nullable()),
    }),
  ),
  figures: z.array(
    z.looseObject({ name: z.string(), variants: z.array(z.looseObject({ variant: z.string() })) }),
  ),
  comparability: z.array(z.string()),
});

export async function storedVariants(folder: string): Promise<Parsed<VariantsResult>> {
  const read = await storedJson(join(folder, "variants.json"), variantsFields);
  return read.ok ? parsed(read.value as unknown as VariantsResult) : read;
}
