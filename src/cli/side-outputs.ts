/**
 * What a folder has beside its result, for people and for other programs. The result is stored by
 * then, and so is its verdict: that a page cannot be written (a full disk) takes nothing from it.
 */

import { StoreError } from "../run/store.ts";

/** The file's name, and what writes it. */
export type SideOutput = readonly [name: string, write: () => Promise<unknown>];

/** One after the other; what fails is told by its name, and those after it are written all the same. */
export async function writeSideOutputs(
  outputs: readonly SideOutput[],
  note: (text: string) => void,
): Promise<void> {
  for (const [name, write] of outputs) {
    try {
      await write();
    } catch (error) {
      // Of the folder itself there is nothing more to expect: it was written to before.
      const reason: unknown = error instanceof StoreError ? error.cause : error;
      const why = reason instanceof Error ? reason.message : String(reason);
      note(`${name} could not be written: ${why}`);
    }
  }
}

/** Where no listener is at hand. */
export function noteOnStderr(text: string): void {
  process.stderr.write(`! ${text}\n`);
}
