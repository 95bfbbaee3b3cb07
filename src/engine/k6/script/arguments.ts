/** Parameters as lib/pq takes them. */
import type { Parameter } from "../../../core/step.ts";
import { arrayLiteral } from "../../array-literal.ts";

/** As text, as the other engine sends them; a fraction as a number, for Go writes it rightly and Sobek does not. */
export function argumentOf(parameter: Parameter): string | number | null {
  if (parameter === null) return null;
  if (typeof parameter === "object") return arrayLiteral(parameter);
  if (typeof parameter === "number" && !Number.isInteger(parameter)) return parameter;
  return String(parameter);
}
