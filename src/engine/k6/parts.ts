/**
 * The measured time by seconds, from what sessions of k6 tell by slots: of all operations together
 * what was committed, with its latencies, and of all else how much there was.
 */
import { Tally } from "../../metrics/tally.ts";
import type { Segment } from "../../metrics/timeline.ts";
import type { SlotJson } from "./lines.ts";

const secondMs = 1000;

/** `edges` of segments, from 0 on: a slot belongs to the one that begins at the edge of its number of cuts. */
export function* partsOf(
  told: readonly SlotJson[],
  {
    slotMs,
    edges,
    lengthMs,
  }: { readonly slotMs: number; readonly edges: readonly number[]; readonly lengthMs: number },
): Generator<Segment> {
  const bySecond = new Map<number, SlotJson[]>();
  for (const one of told) {
    // What came after the measured time is none of it, though it may be of the same second.
    if ((edges[one.cuts] ?? lengthMs) >= lengthMs) continue;
    const second = Math.floor((one.slot * slotMs) / secondMs);
    const slots = bySecond.get(second) ?? [];
    bySecond.set(second, slots);
    slots.push(one);
  }
  for (let second = 0; second * secondMs < lengthMs; second++) {
    const tally = new Tally();
    for (const slot of bySecond.get(second) ?? []) addSlot(tally, slot);
    const startMs = second * secondMs;
    yield { startMs, endMs: Math.min(startMs + secondMs, lengthMs), tally };
  }
}

/** Under no name of an operation: slots have none. */
function addSlot(
  tally: Tally,
  { latencies, started, aborted, unknown, retries, errors }: SlotJson,
) {
  const operation = tally.operation("");
  tally.started += started;
  for (const [us, count] of latencies) operation.latency.committed.recordTimes(us, count);
  // How long these took is not told, and asked by nobody: latency is that of committed work.
  operation.latency.aborted.recordTimes(0, aborted);
  operation.latency.unknown.recordTimes(0, unknown);
  operation.retries += retries;
  operation.errors.set("", (operation.errors.get("") ?? 0) + errors);
}
