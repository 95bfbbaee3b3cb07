/** Parameters as lib/pq takes them: as the texts that the other engine sends. */
import type { Parameter, Scalar } from "../../../core/step.ts";
import { arrayLiteral } from "../../array-literal.ts";

export function argumentOf(parameter: Parameter): string | null {
  if (parameter === null) return null;
  return typeof parameter === "object"
    ? arrayLiteral(parameter.map(faithful))
    : String(faithful(parameter));
}

function faithful(value: Scalar): Scalar {
  const isFraction = typeof value === "number" && !Number.isInteger(value);
  return isFraction && Number.isFinite(value) ? fractionText(value) : value;
}

/** So small numbers have fewer digits than others. IEEE 754: the smallest normal double. */
const normalMin = 2 ** -1022;

/** As many digits are always enough, and so many are never too many for a normal number. */
const digitsMax = 17;
const digitsMin = 15;

/**
 * The shortest text that is this number, as String is to write it: that of k6's JavaScript drops a
 * digit of one fraction in ten thousand (github.com/dop251/goja/issues/720).
 */
function fractionText(value: number): string {
  let digits = Math.abs(value) < normalMin ? 1 : digitsMin;
  while (digits < digitsMax && Number.parseFloat(value.toPrecision(digits)) !== value) digits++;
  return value.toPrecision(digits).replace(/\.?0+(?=e|$)/, "");
}
