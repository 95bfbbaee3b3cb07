/** Which transaction comes next, and when it was due. */
import type { StreamOwner } from "../core/random.ts";

/** A transaction whose turn it is. */
export interface Turn {
  /** With the number, what its inputs are keyed by. */
  readonly owner: StreamOwner;
  readonly number: number;
  /** On the run's clock; null in a closed loop: when it starts. */
  readonly dueMs: number | null;
  /** Nobody was free when it was due. */
  readonly wasQueued: boolean;
}
