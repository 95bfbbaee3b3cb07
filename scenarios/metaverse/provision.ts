/**
 * An entry that this side makes: known by a secondary id until its system has confirmed it, and by its
 * external id from then on, and no more by the other. Whoever made it must find it at once.
 */
import { refuse } from "../../src/core/failure.ts";
import { statement } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import {
  atomically,
  execute,
  type Transaction,
  type TransactionSettings,
} from "../../src/core/transaction.ts";
import { type Lead, telling } from "./caches.ts";
import { types } from "./create.ts";
import { restamped } from "./holders.ts";
import type { Place } from "./lookup.ts";
import { type Matching, matchGuarded } from "./match.ts";

export interface Provisioned {
  readonly id: string;
  /** Of its two values, one after the other. */
  readonly valueIds: readonly [string, string];
  readonly secondaryId: string;
  readonly externalId: string;
}

export interface Provisioning {
  readonly context: TransactionSettings;
  readonly strategies: Strategies;
  readonly matching: Matching;
  /** Of external ids, and of secondary ones. */
  readonly place: Place;
  readonly secondary: Place;
}

/** Normal, and waiting for its system; as the original's enumerations have them. */
const statuses = { normal: 0, pending: 2 } as const;

const makeStatement = statement(
  "make-entry",
  `insert into mv.connected_object
    (id, connected_system_id, type_id, external_id_attribute_id, secondary_external_id_attribute_id, status)
  values ($1::uuid, $2::int4, $3::int4, $4::int4, $5::int4, $6::int4)
  on conflict (id) do nothing`,
);

const addStatement = statement(
  "add-id",
  `insert into mv.connected_value (id, connected_object_id, attribute_id, string_value)
  values ($1::uuid, $2::uuid, $3::int4, $4::text)
  on conflict (id) do nothing`,
);

const removeStatement = statement(
  "remove-id",
  `delete from mv.connected_value
  where connected_object_id = $1::uuid and attribute_id = $2::int4`,
);

const confirmStatement = statement(
  "confirm-entry",
  "update mv.connected_object set status = $2::int4 where id = $1::uuid",
);

/**
 * Three transactions: it is made, confirmed, and looked for. If one of them is to be repeated, all are:
 * what is there already stays.
 */
export function* provisionEntry(setting: Provisioning, made: Provisioned): Transaction {
  const { context, matching, place, secondary } = setting;
  yield* telling(setting, () => makePending(setting, made));
  yield* telling(setting, () => confirm(setting, made));
  yield* atomically(context, function* () {
    yield* expectFound(matchGuarded(matching, place, [made.externalId]), made);
    const { matches } = yield* matchGuarded(matching, secondary, [made.secondaryId]);
    if (matches.some(({ ids }) => ids.length > 0)) {
      refuse("still-found", `${made.secondaryId} was found after it was confirmed`);
    }
  });
}

function* makePending(
  { place, secondary }: Provisioning,
  { id, valueIds, secondaryId }: Provisioned,
): Transaction<readonly Lead[]> {
  const { scope, attribute } = place;
  const { pending } = statuses;
  yield* execute(makeStatement, id, scope, types.user, attribute, secondary.attribute, pending);
  yield* execute(addStatement, valueIds[0], id, secondary.attribute, secondaryId);
  const now = yield* restamped([id]);
  return [{ place: secondary, externalId: secondaryId, now: now.get(id) ?? null, hasMoved: true }];
}

function* confirm(
  { matching, place, secondary }: Provisioning,
  made: Provisioned,
): Transaction<readonly Lead[]> {
  const { id, valueIds, externalId, secondaryId } = made;
  yield* expectFound(matchGuarded(matching, secondary, [secondaryId]), made);
  yield* execute(confirmStatement, id, statuses.normal);
  yield* execute(addStatement, valueIds[1], id, place.attribute, externalId);
  yield* execute(removeStatement, id, secondary.attribute);
  const now = yield* restamped([id]);
  return [
    { place: secondary, externalId: secondaryId, now: null, hasMoved: true },
    { place, externalId, now: now.get(id) ?? null, hasMoved: true },
  ];
}

function* expectFound(matching: ReturnType<typeof matchGuarded>, { id }: Provisioned): Transaction {
  const { matches } = yield* matching;
  const [found] = matches.flatMap(({ ids }) => ids);
  if (found !== id) refuse("not-found", `${id}, which was just made, was not found`);
}
