/**
 * What the metaverse's transactions are drawn from, read in a fixed order, so that the same fixture
 * and seed always give the same draws. Attributes are known by what they are for.
 */
import type { Kind } from "../../fixtures/metaverse/kinds.ts";
import { refuse } from "../../src/core/failure.ts";
import { namedStream } from "../../src/core/random.ts";
import { statement } from "../../src/core/step.ts";
import { query, type Transaction } from "../../src/core/transaction.ts";

export interface Attribute {
  readonly id: number;
  readonly name: string;
  readonly kind: Kind;
}

/** Attributes by their roles, each list in the order of ids; see fixtures/metaverse/attributes.ts. */
export interface Attributes {
  readonly displayName: Attribute;
  readonly externalId: Attribute;
  readonly modified: Attribute;
  readonly memberCount: Attribute;
  readonly member: Attribute;
  readonly secondaryId: Attribute;
  readonly importedAs: Attribute;
  readonly lasting: readonly Attribute[];
  readonly optional: readonly Attribute[];
}

const attributesStatement = statement(
  "read-attributes",
  "select id::int4 as id, name, kind, role from mv.attribute order by id",
);

export function* readAttributes(): Transaction<Attributes> {
  const rows = yield* query(attributesStatement);
  const withRole = (role: string): readonly Attribute[] =>
    rows
      .filter((row) => row.role === role)
      .map((row) => ({ id: Number(row.id), name: String(row.name), kind: row.kind as Kind }));
  const only = (role: string): Attribute => {
    const [attribute] = withRole(role);
    if (attribute === undefined) refuse("no-attribute", `mv.attribute has none for ${role}`);
    return attribute;
  };
  return {
    displayName: only("display-name"),
    externalId: only("external-id"),
    modified: only("modified"),
    memberCount: only("member-count"),
    member: only("member"),
    secondaryId: only("secondary-id"),
    importedAs: only("imported-as"),
    lasting: withRole("lasting"),
    optional: withRole("optional"),
  };
}

/** As many as draws are spread over; larger fixtures are used in part. */
const readMax = 100_000;

const usersStatement = statement(
  "read-users",
  `select object.id::text as id
  from mv.object
  join mv.object_type as type on type.id = object.type_id
  where type.name = 'user'
  order by object.id
  limit $1::int4`,
);

/** Their ids, in their order. Refused if there are none. */
export function* readUsers(): Transaction<readonly string[]> {
  const rows = yield* query(usersStatement, readMax);
  if (rows.length === 0) refuse("no-objects", "mv.object has no user: load a fixture first");
  return rows.map((row) => String(row.id));
}

/** Of 256 objects so many are only ever deleted: others are written and referred to, and stay. */
const leavers = 10;

/** By the last byte of its id, so that another run in the same database says the same. */
export function isLeaver(id: string): boolean {
  return Number.parseInt(id.slice(-2), 16) < leavers;
}

export function stays(id: string): boolean {
  return !isLeaver(id);
}

/** An entry of a connected system, as parallel arrays: there may be a hundred thousand. */
export interface Entries {
  /** Of which connected system. */
  readonly system: number;
  readonly ids: readonly string[];
  readonly externalIds: readonly string[];
  /** Empty: it is not joined. */
  readonly objects: readonly string[];
}

const entriesStatement = statement(
  "read-entries",
  `select
    system.id::int4 as system,
    entry.id::text as id,
    value.string_value as external_id,
    coalesce(entry.object_id::text, '') as object
  from mv.connected_object as entry
  join mv.connected_system as system on system.id = entry.connected_system_id
  join mv.object_type as type on type.id = entry.type_id
  join mv.connected_value as value
    on value.connected_object_id = entry.id and value.attribute_id = entry.external_id_attribute_id
  where system.name = $1 and type.name = 'user'
  order by entry.id
  limit $2::int4`,
);

export type ConnectedSystem = "directory" | "source";

/** Of users, in the order of ids. Refused if there are none. */
export function* readEntries(system: ConnectedSystem): Transaction<Entries> {
  const rows = yield* query(entriesStatement, system, readMax);
  if (rows.length === 0) {
    refuse("no-entries", `mv.connected_object has none of ${system}: load a fixture first`);
  }
  return {
    system: Number(rows[0]?.system),
    ids: rows.map((row) => String(row.id)),
    externalIds: rows.map((row) => String(row.external_id)),
    objects: rows.map((row) => String(row.object)),
  };
}

/** Those entries alone of which the test says yes. */
export function entriesOf(
  { system, ids, externalIds, objects }: Entries,
  isWanted: (index: number) => boolean,
): Entries {
  const pick = (all: readonly string[]) => all.filter((_, index) => isWanted(index));
  return { system, ids: pick(ids), externalIds: pick(externalIds), objects: pick(objects) };
}

/** What pages are taken from. */
export interface Supply {
  /** Of what, such as "users". */
  readonly noun: string;
  readonly there: number;
}

/** Refused if the options want more than there are; `hot`: only so many are used, null: all. */
export function requireEnough(
  { noun, there }: Supply,
  { hot, page }: { readonly hot: number | null; readonly page: number },
): void {
  if (hot !== null && hot < page) {
    refuse("too-few", `--hot ${hot} is less than --page ${page}: a page needs as many ${noun}`);
  }
  const [option, wanted] = hot === null ? ["--page", page] : ["--hot", hot];
  if (wanted > there)
    refuse("too-few", `${option} ${wanted} is more ${noun} than there are: ${there}`);
}

/** `hot`: so many of them, the same for everybody; null: all. In the order of ids. */
export function hotOf(
  seed: number,
  ids: readonly string[],
  options: { readonly hot: number | null; readonly page: number },
): readonly string[] {
  requireEnough({ noun: "users", there: ids.length }, options);
  if (options.hot === null) return ids;
  return namedStream(seed, "hot").shuffled(ids).slice(0, options.hot).sort(byCode);
}

/** As the server orders uuids, which is by their bytes. */
function byCode(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
