/** How sessions of k6 end that do not end well. */
import { counted } from "../../core/counted.ts";

/** A session that could not connect, and why. */
export class SessionFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "SessionFailure";
    this.code = code;
  }
}

/** A line that cannot be counted: it is not as a session wrote it, or says that there is nothing to count. */
export class LineProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = "LineProblem";
  }
}

/** A session that ended by a bug, with the stack that it had in k6: where it happened is what its reader needs. */
export class SessionBug extends LineProblem {
  constructor(session: number | null, message: string, stack: string) {
    super(`session ${session} ended by a bug: ${message}`);
    this.name = "SessionBug";
    this.stack = `${this.message}\n${stack}`;
  }
}

/** k6 is gone, and all that its sessions have not told with it. */
export class K6Gone extends Error {
  constructor(how: string) {
    super(`k6 ${how}`);
    this.name = "K6Gone";
  }
}

/** So many sessions are named. */
const namedMax = 10;

/**
 * Why a run is no evidence of which sessions left no line; a sentence, or none.
 * @param how k6 ended, as a clause; null: nobody here knows.
 */
export function untoldDoubts(
  missing: readonly number[],
  sessions: number,
  how: string | null,
): readonly string[] {
  if (missing.length === 0) return [];
  const named = missing.slice(0, namedMax).join(", ");
  const more = missing.length > namedMax ? ", …" : "";
  const why = how === null ? "" : `: k6 ${how}`;
  const all = counted(sessions, "session");
  return [`${missing.length} of ${all} left no result (${named}${more})${why}`];
}

/** A session under load is heard that late; and so far edges of windows are off at most. */
const clockDriftMsMax = 100;

/** Why times are not to be trusted: the machine's clock was set, or ran away. */
export function clockDoubts(driftMs: number): readonly string[] {
  if (Math.abs(driftMs) <= clockDriftMsMax) return [];
  const how = driftMs > 0 ? "ahead" : "back";
  return [
    `k6 measures by the machine's clock, which was ${Math.round(Math.abs(driftMs))} ms ${how} of a steady one at the end: latencies and windows are wrong by that`,
  ];
}
