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
