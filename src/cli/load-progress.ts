/** How far a loading is, as people read it: of a table its rows, how fast they come, and how long it takes. */
import { countText } from "../core/counted.ts";

export interface LoadProgress {
  readonly done: number;
  readonly total: number;
  /** When this began, how much was there already, and now; ms of one clock. */
  readonly doneBefore: number;
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** Without what it is that is loaded; empty for a script, which is only done or not. */
export function progressText(progress: LoadProgress): string {
  const { done, total, doneBefore, sinceMs, nowMs } = progress;
  if (total <= 1) return "";
  const passedMs = nowMs - sinceMs;
  const rows = `${countText(done)} of ${countText(total)} rows`;
  // A rate of the first moments would say anything.
  if (passedMs < rateAfterMs || done <= doneBefore) return rows;
  const perMs = (done - doneBefore) / passedMs;
  const left = done < total ? `, ${durationText((total - done) / perMs)} left` : "";
  return `${rows}, ${countText(perMs * 1000)}/s${left}`;
}

const rateAfterMs = 500;

/** `7 s`, `3 min 05 s`, `1 h 02 min`. */
function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${padded(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${padded(minutes % 60)} min`;
}

function padded(number: number): string {
  return String(number).padStart(2, "0");
}
