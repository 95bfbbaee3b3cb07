/** What prepare() of the metaverse's scenarios reads: a small world, as a database would give it. */
import { attributes, loadedAttributes } from "../../../fixtures/metaverse/attributes.ts";
import type { Row } from "../../../src/core/step.ts";

const users = 100;

function id(kind: number, index: number): string {
  return `${String(kind).padStart(8, "0")}-0000-4000-8000-${String(index).padStart(12, "0")}`;
}

function entry(index: number, system: number): Row {
  const isFree = system === 2 && index % 5 === 4;
  const externalId = `E-${index}`;
  const object = isFree ? "" : id(0, index);
  return { system, id: id(system, index), external_id: externalId, object };
}

/** By statement; null: it is none of theirs. */
export function metaverseAnswer(
  statement: string,
  [first]: readonly unknown[],
): readonly Row[] | null {
  const numbers = Array.from({ length: users }, (_, index) => index);
  switch (statement) {
    case "read-attributes":
      return attributes.map(({ id: number, name, kind, role }) => ({
        id: number,
        name,
        kind,
        role,
      }));
    case "read-users":
      return numbers.map((index) => ({ id: id(0, index) }));
    case "read-entries":
      return numbers.map((index) => entry(index, first === "source" ? 1 : 2));
    case "read-restless":
      return numbers.map((index) => ({ external_id: `E-${index}` }));
    case "read-importable":
      return loadedAttributes.map((attribute) => ({ id: attribute.id }));
    default:
      return null;
  }
}
