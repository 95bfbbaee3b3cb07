/**
 * What the clients know of their transactions, beside the entries that are in the ledger: nothing
 * that was acknowledged may be missing, nothing be there twice, and nothing that was refused at all.
 * Pure; a million entries are compared one after the other.
 */
import { counted, countText } from "../core/counted.ts";
import { arrivalOwner, type Fates, nameText, type Part } from "../core/fates.ts";
import type { InvariantResult } from "./no-rows.ts";

/** An entry, with how many rows there are of it; of attempts the ledger knows nothing. */
export interface Entry extends Omit<Part, "attempt"> {
  readonly times: number;
}

/** What came of the comparison. */
export interface LedgerResult {
  readonly rows: number;
  readonly acknowledged: number;
  /** Acknowledged, and not there with its digest. */
  readonly lost: number;
  /** There more than once, or once more by a later attempt than one of which nobody knew. */
  readonly doubled: number;
  readonly refusedButThere: number;
  /** Of no transaction that a session planned, or not of these decisions. */
  readonly unplanned: number;
  readonly unknown: { readonly committed: number; readonly rolledBack: number };
}

/** As many as a report can show. */
const examplesMax = 3;

type Flaw = "lost" | "doubled" | "refusedButThere" | "unplanned";

const flawTexts: Readonly<Record<Flaw, string>> = {
  lost: "was acknowledged and is not there",
  doubled: "is there more than once",
  refusedButThere: "was refused and is there",
  unplanned: "is there, and no session planned it so",
};

export class LedgerCheck {
  readonly #fates: Fates;
  readonly #index: PartIndex;
  /** By index of the fates: 1 once its entry was seen. */
  readonly #seen: Uint8Array;
  readonly #flaws: Record<Flaw, number> = {
    lost: 0,
    doubled: 0,
    refusedButThere: 0,
    unplanned: 0,
  };
  readonly #examples: string[] = [];
  #rows = 0;

  constructor(fates: Fates) {
    this.#fates = fates;
    this.#index = new PartIndex(fates);
    this.#seen = new Uint8Array(fates.length);
  }

  /** Each entry once, in any order. */
  saw(entry: Entry): void {
    this.#rows += entry.times;
    const at = this.#index.find(entry);
    if (at === null || this.#fates.partAt(at).digest !== entry.digest) {
      this.#found("unplanned", entry);
      return;
    }
    this.#seen[at] = 1;
    if (entry.times > 1) this.#found("doubled", entry);
    if (this.#fates.fateAt(at) === "refused") this.#found("refusedButThere", entry);
  }

  /** Once all entries were seen. Where nothing was written, nothing was shown: then there is no invariant. */
  end(): { readonly result: LedgerResult; readonly invariant: InvariantResult | null } {
    let acknowledged = 0;
    const unknown = { committed: 0, rolledBack: 0 };
    for (let at = 0; at < this.#fates.length; at++) {
      const fate = this.#fates.fateAt(at);
      const isThere = this.#seen[at] === 1;
      if (fate === "acknowledged") acknowledged++;
      if (fate === "acknowledged" && !isThere) this.#found("lost", this.#fates.partAt(at));
      if (fate === "unknown") unknown[isThere ? "committed" : "rolledBack"]++;
    }
    this.#findRepeated();
    const result = { rows: this.#rows, acknowledged, ...this.#flaws, unknown };
    const isEmpty = this.#rows + acknowledged === 0;
    return { result, invariant: isEmpty ? null : nothingLost(result, this.#examples) };
  }

  /** Whether an unknown one turned out to be committed: any of its parts. After `end`. */
  committedUnknown(): ReadonlySet<string> {
    const names = new Set<string>();
    for (let at = 0; at < this.#fates.length; at++) {
      if (this.#seen[at] === 1 && this.#fates.fateAt(at) === "unknown") {
        names.add(nameText(this.#fates.partAt(at)));
      }
    }
    return names;
  }

  /**
   * What nobody knows the outcome of must not be tried again: where it did commit, it is done twice.
   * A part that was acknowledged may come again, when it was another one that failed.
   */
  #findRepeated(): void {
    let unknown: Part | null = null;
    for (const at of this.#index.inOrder) {
      if (this.#seen[at] !== 1) continue;
      const part = this.#fates.partAt(at);
      if (unknown !== null && nameText(unknown) !== nameText(part)) unknown = null;
      if (unknown !== null && part.attempt > unknown.attempt) {
        const earlier = `part ${unknown.part} of an earlier attempt, which was tried again though its outcome was unknown`;
        this.#found("doubled", part, `is there beside ${earlier}`);
      } else if (this.#fates.fateAt(at) === "unknown") unknown ??= part;
    }
  }

  #found(flaw: Flaw, part: Entry | Part, text = flawTexts[flaw]): void {
    this.#flaws[flaw]++;
    if (this.#examples.length >= examplesMax) return;
    this.#examples.push(`${nameText(part)} (part ${part.part}) ${text}`);
  }
}

/** The invariant by which no acknowledged commit is missing. */
export const nothingLostName = "nothing-lost";

function nothingLost(result: LedgerResult, examples: readonly string[]): InvariantResult {
  const { acknowledged, lost, doubled, refusedButThere, unplanned } = result;
  const name = nothingLostName;
  const flaws = [
    [lost, "lost"],
    [doubled, "doubled"],
    [refusedButThere, "refused but there"],
    [unplanned, "unplanned"],
  ] as const;
  const found = flaws.filter(([count]) => count > 0);
  if (found.length === 0) {
    const evidence = `Each of ${counted(acknowledged, "acknowledged transaction")} is in the ledger once, and no refused one.`;
    return { name, ok: true, evidence };
  }
  const figures = found.map(([count, text]) => `${countText(count)} ${text}`).join(", ");
  return {
    name,
    ok: false,
    evidence: `of ${counted(acknowledged, "acknowledged transaction")}: ${figures}. For example, ${examples.join("; ")}.`,
  };
}

type PartName = Omit<Part, "attempt" | "digest">;

/** Finds a part among the fates: by one number that has all of its own in it, in a sorted array. */
class PartIndex {
  readonly #radix: { readonly owner: number; readonly number: number; readonly part: number };
  readonly #sorted: Float64Array;
  /** Places among the fates: the parts of a transaction stand together, in their order. */
  readonly inOrder: Uint32Array;

  constructor(fates: Fates) {
    const { owners, numbers, parts } = fates.toArrays();
    this.#radix = {
      owner: largestOf(owners) + 2,
      number: largestOf(numbers) + 1,
      part: largestOf(parts) + 1,
    };
    const keys = new Float64Array(fates.length);
    for (let at = 0; at < keys.length; at++) keys[at] = this.#keyOf(fates.partAt(at)) ?? 0;
    const keyAt = (at: number) => keys[at] as number;
    this.inOrder = Uint32Array.from(keys, (_, at) => at).sort((a, b) => keyAt(a) - keyAt(b));
    this.#sorted = Float64Array.from(this.inOrder, keyAt);
  }

  /** Null if there is none. */
  find(part: PartName): number | null {
    const key = this.#keyOf(part);
    if (key === null) return null;
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as number) < key) low = middle + 1;
      else high = middle;
    }
    return this.#sorted[low] === key ? (this.inOrder[low] as number) : null;
  }

  /** Null for what is larger than any of the fates. */
  #keyOf({ phase, owner, number, part }: PartName): number | null {
    const radix = this.#radix;
    const place = (owner === "arrival" ? arrivalOwner : owner) + 1;
    const fits = place < radix.owner && number < radix.number && part < radix.part;
    if (!fits || place < 0 || number < 0 || part < 0) return null;
    const phasePlace = phase === "warmup" ? 0 : 1;
    const key = ((phasePlace * radix.owner + place) * radix.number + number) * radix.part + part;
    if (!Number.isSafeInteger(key)) throw new RangeError(`no number for ${key} transactions`);
    return key;
  }
}

function largestOf(values: Int32Array): number {
  return values.reduce((largest, value) => Math.max(largest, value), 0);
}
