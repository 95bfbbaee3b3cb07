/** jstat has no types of its own; of it only Student's t distribution is used. */
declare module "jstat" {
  const jstat: {
    readonly studentt: {
      /** The value that a share `p` of the distribution lies below. */
      inv(p: number, degreesOfFreedom: number): number;
      cdf(value: number, degreesOfFreedom: number): number;
    };
  };
  export default jstat;
}
