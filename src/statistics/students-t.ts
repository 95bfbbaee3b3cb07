/** Student's t distribution (W. S. Gosset, The probable error of a mean, 1908): means of few values. */
import jstat from "jstat";

/** Within so many standard errors of the mean the true one lies with this confidence, such as 0.95. */
export function standardErrors(confidence: number, degreesOfFreedom: number): number {
  return jstat.studentt.inv((1 + confidence) / 2, degreesOfFreedom);
}

/** The chance of a mean at least so many standard errors away from the true one, on either side. */
export function twoSidedP(distance: number, degreesOfFreedom: number): number {
  return Math.min(1, 2 * jstat.studentt.cdf(-Math.abs(distance), degreesOfFreedom));
}
