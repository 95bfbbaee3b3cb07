declare module "seedrandom/lib/tychei.js" {
  /** A stream of numbers in [0, 1), multiples of 2^-32, from a text key. */
  export default function tychei(key: string): () => number;
}
