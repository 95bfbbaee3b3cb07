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

/** A session that ended by a bug, with the stack that it had in k6. */
export function sessionBug(session: number | null, message: string, stack: string): Error {
  const bug = new Error(`session ${session}: ${message}`);
  // Where it happened, in k6, is what its reader needs.
  bug.stack = `${bug.message}\n${stack}`;
  return bug;
}

/** k6 is gone, and all that its sessions have not told with it. */
export class K6Gone extends Error {
  constructor(how: string) {
    super(`k6 ${how}`);
    this.name = "K6Gone";
  }
}

const shownMax = 10;

/** Why a run is no evidence of which sessions left no line; `how` k6 ended, as a clause. */
export function untoldDoubt(missing: readonly number[], sessions: number, how: string): string {
  const shown = missing.slice(0, shownMax).join(", ");
  const more = missing.length > shownMax ? ", …" : "";
  return `${missing.length} of ${counted(sessions, "session")} left no result (${shown}${more}): k6 ${how}`;
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
