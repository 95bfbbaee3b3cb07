/** What the command line of `npm run docs:variants` asks for. */
import { type VariantsPage, variantsPages } from "./variants-pages.ts";

/** Those that are named before a `--`, or all; and what follows it. Throws an Error for a page that there is none of. */
export function pagesAsked(argv: readonly string[]): {
  readonly pages: readonly VariantsPage[];
  readonly further: readonly string[];
} {
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
  const names = argv.slice(0, end);
  const unknown = names.filter((name) => !Object.hasOwn(variantsPages, name));
  if (unknown.length > 0) {
    const known = Object.keys(variantsPages).join(", ");
    throw new Error(`expected pages among ${known}, got ${unknown.join(", ")}`);
  }
  const asked = names.length === 0 ? Object.keys(variantsPages) : names;
  const pages = Object.entries(variantsPages).flatMap(([name, page]) =>
    asked.includes(name) ? [page] : [],
  );
  return { pages, further: argv.slice(end + 1) };
}

/** The options, but for those that are given anew. */
export function optionsWith(
  options: readonly string[],
  further: readonly string[],
): readonly string[] {
  // Each flag with what follows it.
  const own = options.join(" ").split(/ (?=--)/);
  const kept = own.filter((option) => !further.includes(option.split(" ")[0] ?? ""));
  return [...kept.flatMap((option) => option.split(" ")), ...further];
}
