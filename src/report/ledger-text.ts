/** What the ledger came to, in one sentence. */
import { countText } from "../core/counted.ts";
import type { RunResult } from "../run/result.ts";

/** `8 412 acknowledged, none lost; 3 unknown: 2 committed, 1 rolled back`. */
export function ledgerText(ledger: NonNullable<RunResult["ledger"]>): string {
  const { rows, acknowledged, lost, unknown } = ledger;
  if (rows + acknowledged === 0) return "nothing was written, so nothing was shown";
  const { committed, rolledBack } = unknown;
  const all = committed + rolledBack;
  const resolved =
    all === 0
      ? ""
      : `; ${countText(all)} unknown: ${countText(committed)} committed, ${countText(rolledBack)} rolled back`;
  return `${countText(acknowledged)} acknowledged, ${lost === 0 ? "none" : countText(lost)} lost${resolved}`;
}
