/** Requests to the modelled service, drawn in a small world and stepped through without a server. */
import type { Failure } from "../../../../src/core/failure.ts";
import type { OptionValue, Planned } from "../../../../src/core/scenario.ts";
import type { CacheState, Step } from "../../../../src/core/step.ts";
import { play } from "../../../core/play.ts";
import { contextOf, plannedIn, scenarioNamed } from "../../worlds.ts";

export const service = scenarioNamed("service");
export const size = { documents: 200, aliases: 200 };

export type Options = Readonly<Record<string, OptionValue>>;

/** Each stage as recommended, and no time on the way: what is left is what each test is about. */
export const after: Options = {
  schema: "precomputed",
  claims: "ahead",
  authorization: "cached",
  cascade: "outside",
  streaming: "chunks",
  "round-trip": 0,
};

export function drawn(operation: string, options: Options): Planned {
  const planned = plannedIn(service, size, { count: 50, context: contextOf(service, options) });
  const found = planned.find((one) => one.operation === operation);
  if (found === undefined) throw new Error(`nothing of ${operation} was drawn`);
  return found;
}

interface Given {
  readonly operation?: string;
  /** In which state the caches are found. */
  readonly caches?: CacheState;
  /** Instead of the answer to the replacement. */
  readonly fails?: Failure;
}

/** What a request asks for. */
export function asked(options: Options, given: Given = {}): readonly string[] {
  const { operation = "update-document", caches = "fresh", fails } = given;
  const rows = [{ state: caches }];
  return play(drawn(operation, { ...after, ...options }).steps(), {
    "look-up schema": rows,
    "look-up claim-sets": rows,
    "query lock-document": [{ locked: true }],
    "query insert-references": fails ?? [{ unresolved: 0 }],
  }).asked;
}

/** From one step to another, both included, each where it first comes. */
export function between(steps: readonly string[], first: string, last: string): readonly string[] {
  return steps.slice(steps.indexOf(first), steps.indexOf(last) + 1);
}

export const onCores = (ms: number) => ["enter cores", `pause ${ms}`, "leave cores"];

/** Its steps, as if every document were there. */
export function* stepsOf({ steps }: Planned): Generator<Step> {
  const transaction = steps();
  const answer = [{ state: "due", locked: true, unresolved: 0 }];
  for (let next = transaction.next(); next.done !== true; next = transaction.next(answer)) {
    yield next.value;
  }
}
