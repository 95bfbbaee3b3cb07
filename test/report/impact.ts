/** The impact of a fault that never was. */
import type { Impact } from "../../src/run/impact.ts";

const untroubled = {
  reconnects: 0,
  sessionLostMs: 0,
  errors: { sqlstate: {}, transport: {}, refused: {} },
  reconnectErrors: {},
};

/** Of a fault that was felt, and from which the run came back with difficulty. */
export const impact: Impact = {
  tail: "p99",
  baseline: { perSecond: 1_000, p50Us: 800, tailUs: 8_000 },
  fault: {
    ...untroubled,
    ...{ perSecond: 250.4, p50Us: 4_000, tailUs: 80_000 },
    ...{ throughputRatio: 0.25, p50Ratio: 5, tailRatio: 10 },
    reconnects: 7,
    sessionLostMs: 3_500,
    errors: {
      sqlstate: { "57P01": 5, "40001": 2 },
      transport: { ECONNRESET: 2 },
      refused: { "no-rows": 1 },
    },
    reconnectErrors: { "57P03": 12 },
  },
  recovery: {
    ...untroubled,
    ...{ perSecond: 950, p50Us: 800, tailUs: null },
    ...{ throughputRatio: 0.95, p50Ratio: 1, tailRatio: null },
    reconnects: 1,
    sessionLostMs: 40,
  },
  felt: { state: "felt", afterMs: 260 },
  recovered: { state: "recovered", afterMs: 1_310 },
};
