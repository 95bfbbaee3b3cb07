/** What a page of updates is to make of its objects: drawn whole, whatever is there. */
import type { Random } from "../../src/core/random.ts";
import type { Write } from "../../src/core/scenario.ts";
import { drawUuid, drawValue } from "./drawn.ts";
import { drawWeighted } from "./weights.ts";
import type { Attribute, Attributes } from "./world.ts";

/** The four operations of a flush; see `shares` of metaverse-update. */
export const changeKinds = ["parent", "insert", "update", "delete"] as const;

type ChangeKind = (typeof changeKinds)[number];

/** What one attribute of an object is to be. */
export interface Change {
  readonly attribute: Attribute;
  /** Null: the object is to have no value of it. */
  readonly text: string | null;
  /** Of the value, if there is none yet. */
  readonly newId: string;
}

export interface ObjectChanges {
  readonly object: string;
  /** Kept in the object itself, too; null: it stays. */
  readonly displayName: string | null;
  /** One for each attribute. */
  readonly changes: readonly Change[];
  /** Of the value that says when it was updated, if there is none yet. */
  readonly modifiedId: string;
}

export interface ChangeOptions {
  readonly changes: number;
  readonly shares: Readonly<Record<string, number>>;
}

export const changeOptions = {
  changes: { kind: "integer", min: 1, default: 4, help: "changes of each object of a page" },
  shares: {
    kind: "weights",
    default: { parent: 10, insert: 30, update: 40, delete: 20 },
    help: "the share of each kind of change, in whole numbers",
  },
} as const;

/** For each object in the order given. */
export function drawChanges(
  random: Random,
  objects: readonly string[],
  { attributes, options }: { readonly attributes: Attributes; readonly options: ChangeOptions },
): readonly ObjectChanges[] {
  return objects.map((object) => {
    const changes = new Map<number, Change>();
    for (let count = 0; count < options.changes; count++) {
      const change = drawChange(random, attributes, options);
      // The last of two of one attribute.
      changes.set(change.attribute.id, change);
    }
    const displayName = changes.get(attributes.displayName.id)?.text ?? null;
    return { object, displayName, changes: [...changes.values()], modifiedId: drawUuid(random) };
  });
}

function drawChange(random: Random, attributes: Attributes, { shares }: ChangeOptions): Change {
  const kind = drawWeighted(random, changeKinds, shares);
  const attribute = drawAttribute(random, kind, attributes);
  const text = kind === "delete" ? null : drawValue(random, attribute);
  return { attribute, text, newId: drawUuid(random) };
}

/** Everybody has a lasting value, and of the optional ones as many are added as are removed. */
function drawAttribute(random: Random, kind: ChangeKind, attributes: Attributes): Attribute {
  switch (kind) {
    case "parent":
      return attributes.displayName;
    case "update":
      return random.pick(attributes.lasting);
    case "insert":
    case "delete":
      return random.pick(attributes.optional);
  }
}

/** What was drawn, for the digest. */
export function inputsOf(page: readonly ObjectChanges[]): readonly string[] {
  return page.flatMap(({ object, changes }) => [
    object,
    ...changes.map(({ attribute, text }) => `${attribute.id}=${text ?? ""}`),
  ]);
}

/** Attribute by attribute; when it was written is the server's to say. */
export function writesOfChanges(page: readonly ObjectChanges[]): readonly Write[] {
  return page.flatMap(({ object, changes }) =>
    changes.map(({ attribute, text }) => ({
      key: `${object}/${attribute.id}`,
      value: () => (text === null ? [] : [text]),
    })),
  );
}
