/**
 * Whether what is left under a key is the write of one transaction, and of one that may have been
 * the last. Two that overlapped and both left their rows are found here, and named. Pure.
 */
import { counted, countText } from "../core/counted.ts";
import { nameText, type TransactionName } from "../core/fates.ts";
import type { Candidate, LastWrite } from "../core/last-writes.ts";
import type { Registers } from "../core/system.ts";
import type { InvariantResult } from "./no-rows.ts";

/** What the database has under a key: null is nothing. */
export type Value = readonly string[] | null;

/**
 * Without those that the ledger says were rolled back, and without keys that nobody has certainly
 * written: what was there before may be there still.
 * @param committedUnknown by `nameText`; null: there is no ledger to say.
 */
export function resolved(
  lastWrites: readonly LastWrite[],
  committedUnknown: ReadonlySet<string> | null,
): readonly LastWrite[] {
  const isCommitted = (one: Candidate) =>
    one.acknowledgedMs !== null || committedUnknown?.has(nameText(one)) === true;
  return lastWrites
    .filter(({ candidates }) => candidates.some(isCommitted))
    .map(({ key, candidates }) => ({
      key,
      candidates: committedUnknown === null ? candidates : candidates.filter(isCommitted),
    }));
}

/** The invariant by which each key holds what one transaction wrote. */
export const lastWriteName = "last-write-wins";

/** As many as a report can show. */
const shownMax = 3;

export class LastWriteCheck {
  readonly #registers: Registers;
  readonly #leftOut: number;
  readonly #broken: string[] = [];
  #count = 0;

  /** `leftOut`: so many keys were written, too, and will not be seen. */
  constructor(registers: Registers, leftOut: number) {
    this.#registers = registers;
    this.#leftOut = leftOut;
  }

  saw(lastWrite: LastWrite, value: Value): void {
    this.#count++;
    const { candidates } = lastWrite;
    if (!candidates.some((one) => isSame(one.value, value))) {
      this.#broken.push(brokenText(lastWrite, value, this.#registers));
    }
  }

  /** Null if there was nothing to look at: then nothing was shown. */
  end(): InvariantResult | null {
    const { noun, items } = this.#registers;
    const name = lastWriteName;
    const leftOut = this.#leftOut;
    if (this.#count === 0) {
      if (leftOut === 0) return null;
      const evidence = `of ${counted(leftOut, noun)} written by the run none was looked at`;
      return { name, ok: null, evidence };
    }
    const looked = counted(this.#count, noun);
    const unseen =
      leftOut === 0 ? "" : `; ${countText(leftOut)} more were written and not looked at`;
    if (this.#broken.length === 0) {
      const evidence = `Each of ${looked} written by the run holds the ${items} of one transaction that no later one followed${unseen}.`;
      return { name, ok: true, evidence };
    }
    const shown = this.#broken.slice(0, shownMax).join("; ");
    const more = this.#broken.length - shownMax;
    const rest = more > 0 ? `; and ${countText(more)} more` : "";
    return {
      name,
      ok: false,
      evidence: `${countText(this.#broken.length)} of ${looked} hold what no single transaction wrote last: ${shown}${rest}${unseen}`,
    };
  }
}

/** As multisets: a reference that is there twice is one too many. */
function isSame(one: Value, other: Value): boolean {
  if (one === null || other === null) return one === other;
  return one.length === other.length && sharedCount(one, other) === one.length;
}

function sharedCount(items: readonly string[], among: readonly string[]): number {
  const left = new Map<string, number>();
  for (const item of among) left.set(item, (left.get(item) ?? 0) + 1);
  let shared = 0;
  for (const item of items) {
    const count = left.get(item) ?? 0;
    if (count > 0) shared++;
    left.set(item, count - 1);
  }
  return shared;
}

/** Two that overlapped, as a rule. */
const candidatesShownMax = 2;

/** `document 17 holds 63 references: all 34 of session 3's transaction 5 and all 29 of …`. */
function brokenText({ key, candidates }: LastWrite, value: Value, registers: Registers): string {
  const { noun, items } = registers;
  const what = `${noun} ${key}`;
  const parts = candidates
    .map((one) => ({ one, there: there(one, value) }))
    .sort((a, b) => b.there.share - a.there.share)
    .slice(0, candidatesShownMax)
    .map(({ one, there: { text } }) => `${text} of ${named(one)}`);
  const holds =
    value === null ? `${what} is gone` : `${what} holds ${countText(value.length)} ${items}`;
  const others = candidates.length - candidatesShownMax;
  const beside = others > 0 ? `, beside ${counted(others, "other")} that might be there` : "";
  return `${holds}: ${parts.join(" and ")}${beside}`;
}

/** How much of a transaction's write is there. */
function there(one: Candidate, value: Value): { readonly share: number; readonly text: string } {
  if (one.value === null) return { share: 0, text: "in place of the removal" };
  const all = one.value.length;
  const shared = sharedCount(one.value, value ?? []);
  const text =
    shared === all ? `all ${countText(all)}` : `${countText(shared)} of ${countText(all)}`;
  return { share: all === 0 ? 0 : shared / all, text };
}

function named(one: TransactionName & Pick<Candidate, "acknowledgedMs">): string {
  return `${nameText(one)}${one.acknowledgedMs === null ? " (outcome unknown)" : ""}`;
}
