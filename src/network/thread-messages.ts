/** What the proxy's thread and the one that started it say to one another: calls, and answers. */
import type { NetworkControl } from "../faults/ways.ts";

export type CallName = keyof NetworkControl;

export interface CallMessage {
  readonly id: number;
  /** "close": its last one, which is answered by the end of the thread. */
  readonly name: CallName | "close";
  readonly argument: unknown;
}

/** Of these there is one without a call, the first: the port on which the proxy listens. */
export type ThreadMessage =
  { readonly port: number } | { readonly id: number; readonly value: unknown };
