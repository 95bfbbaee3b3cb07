/**
 * JSON as the server prints jsonb: what was stored is no longer the text that was sent. Object keys are
 * in order of their length and then of their bytes, a space follows each colon and comma, and numbers
 * have no exponent (PostgreSQL manual, "JSON Types"; the order is that of lengthCompareJsonbStringValue).
 */

/** `json`: as JSON.stringify writes it; of numbers that are written otherwise, such as 1.50, the form is lost. */
export function jsonbText(json: string): string {
  return printed(JSON.parse(json));
}

function printed(value: unknown): string {
  if (typeof value === "number") return withoutExponent(String(value));
  // Strings are escaped by the server as JSON.stringify escapes them.
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(printed).join(", ")}]`;
  const entries = Object.entries(value)
    .map(([key, of]) => ({ key, bytes: Buffer.from(key), of: of as unknown }))
    .sort((one, other) => compareKeys(one.bytes, other.bytes));
  return `{${entries.map(({ key, of }) => `${JSON.stringify(key)}: ${printed(of)}`).join(", ")}}`;
}

function compareKeys(one: Buffer, other: Buffer): number {
  return one.length - other.length || Buffer.compare(one, other);
}

/** `1e+21` and `1.5e-7` in digits alone. */
function withoutExponent(text: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const places = Number(exponent);
  const digits = whole + fraction;
  if (places < 0) return `${sign}0.${"0".repeat(-places - 1)}${digits}`;
  // JavaScript writes an exponent only where it is longer than its 17 digits.
  return `${sign}${digits}${"0".repeat(places - fraction.length)}`;
}
