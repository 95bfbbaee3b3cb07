/** Measurements of a run of which nothing is known, to be spread under what a test gives. */
import type { Measurements, WindowStretch } from "../../../src/metrics/thresholds/thresholds.ts";

export const unmeasured: Omit<Measurements, "whole"> = {
  windows: [],
  spans: new Map(),
  recoveries: [],
  unrecoverable: [],
  invariants: [],
  deadTuples: null,
  walBytes: null,
};

/** Of a window whose place in the run is no matter. */
export const noEdges: Pick<WindowStretch, "fault" | "startMs" | "endMs"> = {
  fault: "crash",
  startMs: 0,
  endMs: 0,
};
