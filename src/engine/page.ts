/** The page of one planned transaction in the ledger, and in what its client remembers of it. */
import { decisionText } from "../core/digest.ts";
import type { Fate, Fates, Part, TransactionName } from "../core/fates.ts";
import type { Page } from "../core/ledger.ts";
import type { Planned } from "../core/scenario.ts";
import type { Isolation } from "../core/step.ts";

/** 52 bits: what a float8 holds exactly. */
const digestDigits = 13;

export function pageOf(
  {
    fates,
    isolation,
    hash,
  }: {
    readonly fates: Fates;
    readonly isolation: Isolation;
    /** SHA-256 in hexadecimal digits. */
    readonly hash: (text: string) => string;
  },
  { phase, owner, number }: TransactionName,
  planned: Planned,
): Page {
  let parts = 0;
  let attempt = 0;
  let digest: number | null = null;
  return {
    isolation,
    nextAttempt(): void {
      attempt++;
    },
    nextPart(): Part {
      digest ??= shortDigest(hash(decisionText(owner, number, planned)));
      return { phase, owner, number, part: parts++, attempt, digest };
    },
    told(part: Part, fate: Fate): void {
      fates.add(part, fate);
    },
  };
}

function shortDigest(digits: string): number {
  return Number.parseInt(digits.slice(0, digestDigits), 16);
}
