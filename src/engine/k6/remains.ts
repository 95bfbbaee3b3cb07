/** What a k6 has left once it has ended, or was ended: its sessions' lines, and why they are not all. */
import { within } from "../within.ts";
import { type LineProblem, SessionBug, untoldDoubts } from "./losses.ts";
import type { K6Process } from "./process.ts";
import { SessionLines } from "./session-lines.ts";
import type { Drawing } from "./drawing.ts";

export interface Remains {
  readonly lines: SessionLines;
  readonly missing: readonly number[];
  /** Why the lines are not all that was done; sentences. */
  readonly doubts: readonly string[];
}

/**
 * Waits for the end, but no longer than `endingMs`: what its sessions have not told by then is missing.
 * Rejects with a SessionBug.
 * @param path of the file that the lines went to.
 */
export async function remainsOf(
  started: K6Process,
  { path, endingMs, drawing }: { path: string; endingMs: number; drawing: Drawing },
): Promise<Remains> {
  const how = await within(endingMs, started.ended);
  await started.kill();
  const lines = new SessionLines(drawing);
  const problems: LineProblem[] = [];
  await lines.readFile(path, (problem) => {
    if (problem instanceof SessionBug) throw problem;
    // Such as the half of a line, of a k6 that was killed as it wrote.
    problems.push(problem);
  });
  const ended = how ?? `was killed, since it had not ended after ${endingMs / 1000} s`;
  const missing = lines.missing();
  const doubts = [
    ...untoldDoubts(missing, drawing.plan.sessions, ended + said(started)),
    ...problems.map(({ message }) => message),
  ];
  return { lines, missing, doubts };
}

/** What it said last, as a clause; empty if it said nothing. */
export function said({ log }: K6Process): string {
  return log === "" ? "" : `, and said: ${log}`;
}
