/**
 * A page of new objects with all their values, as a synchronisation projects them: one in twenty is a
 * group, half of whose members are of the same page. An object's content follows from its id alone
 * and its page, so that a million of them need not be kept for the audit.
 */
import { Random } from "../../src/core/random.ts";
import type { Write } from "../../src/core/scenario.ts";
import type { Scalar } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import { drawUuid, drawValue } from "./drawn.ts";
import { insertRows, type Rows } from "./insert.ts";
import { objectTable, objectValueTable, typedCells } from "./tables.ts";
import { type Attribute, type Attributes, stays } from "./world.ts";

/** What new objects are made of and refer to. */
export interface CreateWorld {
  readonly attributes: Attributes;
  /** Ids of users who are there and stay. */
  readonly users: readonly string[];
}

export interface NewPage {
  /** Of users, then of groups. */
  readonly ids: readonly string[];
  readonly userCount: number;
}

const groupEvery = 20;

export function drawNewPage(random: Random, page: number): NewPage {
  const ids = Array.from({ length: page }, () => drawUuid(random));
  return { ids, userCount: page - Math.floor(page / groupEvery) };
}

interface NewValue {
  readonly attribute: Attribute;
  readonly text: string;
}

/** Members of a new group, of either kind: of the page, and of those that are there. */
const membersOfEach = 10;

/** Of the object at this place of its page; always the same. */
export function contentOf(world: CreateWorld, page: NewPage, index: number): readonly NewValue[] {
  const { attributes } = world;
  const id = page.ids[index] ?? "";
  const random = new Random(id);
  const own = [
    { attribute: attributes.displayName, text: drawValue(random, attributes.displayName) },
    // Nobody else has it.
    { attribute: attributes.externalId, text: `N-${id}` },
    ...attributes.lasting.map((attribute) => ({ attribute, text: drawValue(random, attribute) })),
  ];
  if (index < page.userCount) return own;
  const members = [
    ...someOf(random, page.ids.slice(0, page.userCount).filter(stays)),
    ...someOf(random, world.users),
  ].map((text) => ({ attribute: attributes.member, text }));
  return [...own, { attribute: attributes.memberCount, text: String(members.length) }, ...members];
}

function someOf(random: Random, ids: readonly string[]): readonly string[] {
  const count = Math.min(membersOfEach, ids.length);
  return random.distinctBelow(ids.length, count).map((index) => ids[index] ?? "");
}

/** What is left of the page: each object with all its values. */
export function writesOfPage(world: CreateWorld, page: NewPage): readonly Write[] {
  return page.ids.map((key, index) => ({
    key,
    value: () =>
      contentOf(world, page, index).map(({ attribute, text }) => `${attribute.id}=${text}`),
  }));
}

/** What is sent of a page. */
export interface PageRows {
  readonly objects: Rows;
  /** Of each object, in their order. */
  readonly values: readonly Rows[];
}

export function rowsOfPage(world: CreateWorld, page: NewPage): PageRows {
  const contents = page.ids.map((_, index) => contentOf(world, page, index));
  return {
    objects: page.ids.map((id, index) => objectRow(id, index < page.userCount, contents[index])),
    values: page.ids.map((object, index) => {
      const random = new Random(`${object}/values`);
      return (contents[index] ?? []).map((value) => valueRow(drawUuid(random), object, value));
    }),
  };
}

/** Within a transaction: the objects, and only then what refers to them. */
export function* createRows(strategies: Strategies, { objects, values }: PageRows): Transaction {
  yield* insertRows(strategies, objectTable, objects);
  yield* insertRows(strategies, objectValueTable, values.flat());
}

/** As the lookup tables of the fixture have them, and the original. */
export const types = { user: 1, group: 2 } as const;

function objectRow(
  id: string,
  isUser: boolean,
  content: readonly NewValue[] = [],
): readonly Scalar[] {
  const type = isUser ? types.user : types.group;
  const [displayName] = content;
  const deletion = [0, null, null, null, null, null];
  return [id, null, type, 0, 0, null, ...deletion, displayName?.text ?? null, false, null];
}

/** Contributed by the source's only rule. */
const [contributingSystem, contributingRule] = [1, 1];

export function valueRow(
  id: string,
  object: string,
  { attribute, text }: NewValue,
): readonly Scalar[] {
  const typed = typedCells(attribute.kind, text);
  return [id, object, attribute.id, ...typed, null, contributingSystem, contributingRule, false];
}
