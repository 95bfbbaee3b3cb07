/**
 * Finding 2, first half: the claim sets, which the configuration service is asked for by two calls,
 * one for a token and one for all authorization metadata. In the service everyone who finds them out
 * of date asks, until the first answer is there.
 */
import { pass } from "../../../src/core/service.ts";
import type { Cache } from "../../../src/core/step.ts";
import type { Transaction } from "../../../src/core/transaction.ts";
import { filledByAll, filledByOne, type Service } from "./places.ts";

const tokenMs = 50;
const metadataMs = 150;

/** Shorter than in practice, so that a run of seconds sees some misses. */
const claimSets: Cache = { name: "claim-sets", lastsMs: 5_000, aheadMs: 0 };
const renewedClaimSets: Cache = { ...claimSets, aheadMs: 1_000 };

export const claimForms = {
  before: () => filledByAll(claimSets, fetchClaimSets),
  shared: ({ claimsFetch }: Service) => filledByOne(claimSets, claimsFetch, fetchClaimSets),
  ahead: ({ claimsFetch }: Service) => filledByOne(renewedClaimSets, claimsFetch, fetchClaimSets),
} as const satisfies Readonly<Record<string, (service: Service) => Transaction>>;

function* fetchClaimSets(): Transaction {
  yield* pass(tokenMs);
  yield* pass(metadataMs);
}
