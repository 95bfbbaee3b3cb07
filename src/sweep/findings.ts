/** What a sweep is asked for, and what it has found. */
import type { Fix } from "../core/scenario.ts";
import type { KneeFinding } from "../scaling/hinge.ts";
import type { Relief } from "../scaling/relief.ts";
import type { Campaign, CampaignRequest, Ran } from "./campaign.ts";
import type { FixStep } from "./result.ts";

export interface SweepRequest extends CampaignRequest {
  /** Rising. */
  readonly counts: readonly number[];
  /** Of each count; at least two. */
  readonly repeats: number;
  /** What the scenario knows to be worth trying. */
  readonly fixes: readonly Fix[];
  readonly onPhase: (text: string) => void;
}

/** What was found so far, for a sweep may be stopped before its end. */
export interface Findings {
  readonly campaign: Campaign;
  found: KneeFinding;
  /** The run that is explained, with the most sessions; null before it was performed. */
  crowded: Ran | null;
  readonly reliefs: Relief[];
  readonly fixes: FixStep[];
  readonly notes: string[];
}
