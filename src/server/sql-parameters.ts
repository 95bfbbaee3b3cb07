/**
 * Fixture parameters in SQL text, written `:name`. They are put in as text, because DDL takes no
 * bind parameters (`partition by … modulus :partitions`); they are whole numbers, so nothing can
 * be smuggled in.
 */
import type { FixtureParameters } from "../core/system.ts";

/**
 * Replaces every `:name` whose name is a parameter, also inside `$$ … $$` bodies. Left alone are
 * strings, quoted names, comments, casts (`x::documents`) and names that are no parameter.
 */
export function withParameters(sql: string, parameters: FixtureParameters): string {
  return sql.replace(token, (text, name: string | undefined) => {
    const value =
      name !== undefined && Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (value === undefined) return text;
    if (!Number.isSafeInteger(value)) {
      throw new RangeError(`fixture parameter ${String(name)} is ${value}, not a whole number`);
    }
    return String(value);
  });
}

/** What is skipped as a whole, longest match first, and then the placeholder itself. */
const token = new RegExp(
  [
    String.raw`\be'(?:[^'\\]|\\.|'')*'`, // e'…' strings, where a backslash escapes the quote
    String.raw`'(?:[^']|'')*'`,
    String.raw`"(?:[^"]|"")*"`,
    String.raw`--[^\n]*`,
    String.raw`/\*[\s\S]*?\*/`,
    String.raw`::`,
    String.raw`:([a-z_]\w*)`,
  ].join("|"),
  "gi",
);
