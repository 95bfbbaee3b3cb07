/** Arrays as PostgreSQL writes them. */
import type { Scalar } from "../core/step.ts";

/** Every element is quoted, so that NULL, an empty text and braces mean themselves. */
export function arrayLiteral(values: readonly Scalar[]): string {
  const elements = values.map((value) =>
    value === null ? "NULL" : `"${String(value).replace(/["\\]/g, "\\$&")}"`,
  );
  return `{${elements.join(",")}}`;
}
