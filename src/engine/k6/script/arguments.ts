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
  const isDoubtful =
    typeof value === "number" && Number.isFinite(value) && !Number.isSafeInteger(value);
  return isDoubtful ? shortestText(value) : value;
}

/** So small numbers have fewer digits than others. IEEE 754: the smallest normal double. */
const normalMin = 2 ** -1022;

/** As many digits are always enough, and so many are never too many for a normal number. */
const digitsMax = 17;
const digitsMin = 15;

/**
 * The shortest text that is this number, as String is to write it: that of k6's JavaScript drops a
 * digit of one in ten thousand (github.com/dop251/goja/issues/720).
 */
function shortestText(value: number): string {
  let digits = Math.abs(value) < normalMin ? 1 : digitsMin;
  while (digits < digitsMax && Number.parseFloat(value.toPrecision(digits)) !== value) digits++;
  const [mantissa = "", power = ""] = value.toExponential(digits - 1).split("e");
  const sign = value < 0 ? "-" : "";
  const rounded = mantissa.replace(/[-.]/g, "");
  const even = evenOfTwo(value, digits) ?? rounded;
  return sign + written(even.replace(/0+$/, ""), Number(power) + 1);
}

/** Digits beyond those that are written, to see a tie by. */
const furtherDigits = 20;

/** Between two texts that are as near, String takes the even one, toExponential the larger. Null: it is no such. */
function evenOfTwo(value: number, digits: number): string | null {
  const [exact = ""] = value.toExponential(digits - 1 + furtherDigits).split("e");
  const all = exact.replace(/[-.]/g, "");
  const lower = all.slice(0, digits);
  return /^50+$/.test(all.slice(digits)) && /[02468]$/.test(lower) ? lower : null;
}

/** As ECMAScript's Number::toString does: `digits` with the point behind so many of them. */
function written(digits: string, point: number): string {
  if (point > 21 || point < -5) {
    const rest = digits.slice(1);
    const power = point > 0 ? `+${point - 1}` : String(point - 1);
    return `${digits.slice(0, 1)}${rest === "" ? "" : `.${rest}`}e${power}`;
  }
  if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return digits.padEnd(point, "0");
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}
