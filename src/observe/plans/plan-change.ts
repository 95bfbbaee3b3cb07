/** What changed from one plan to another, in words. Pure. */
import { type PlanShape, shapeText } from "./plan-shape.ts";

/** So much of a plan says enough; explain.json has all of it. */
const textMax = 200;

/**
 * What changed between the shapes that a statement's plans had at two times, such as "Index Scan using
 * i on t became Seq Scan on t". Several, because a statement that is performed again may be planned
 * again. Empty: they are the same.
 */
export function planChanges(
  before: readonly PlanShape[],
  after: readonly PlanShape[],
): readonly string[] {
  const gone = without(before, after);
  const come = without(after, before);
  if (gone.length === 0 && come.length === 0) return [];
  const [from, to] = [gone[0], come[0]];
  if (from !== undefined && to !== undefined && gone.length === 1 && come.length === 1) {
    return unique(changesBetween(from, to));
  }
  const isMoreOrLess = gone.length === 0 || come.length === 0;
  const [old, present] = isMoreOrLess ? [before, after] : [gone, come];
  return [`${listed(old)} became ${listed(present)}`];
}

/** As deep down as the rest is the same. */
function changesBetween(before: PlanShape, after: PlanShape): readonly string[] {
  const [from, to] = [before.children, after.children];
  const areSame = from.map(shapeText).join() === to.map(shapeText).join();
  // What is below is not to be repeated where it stayed.
  if (before.label !== after.label && areSame) return [`${before.label} became ${after.label}`];
  if (before.label !== after.label) return [became(before, after)];
  // Partitions that are read alike are one, so there may be more or less of them.
  if (before.label.endsWith("Append")) return planChanges(from, to);
  if (from.length !== to.length) return [became(before, after)];
  return from.flatMap((child, index) => {
    const other = to[index];
    return other === undefined ? [] : changesBetween(child, other);
  });
}

function became(before: PlanShape, after: PlanShape): string {
  return `${listed([before])} became ${listed([after])}`;
}

function without(shapes: readonly PlanShape[], others: readonly PlanShape[]): readonly PlanShape[] {
  const known = new Set(others.map(shapeText));
  return shapes.filter((shape) => !known.has(shapeText(shape)));
}

function listed(shapes: readonly PlanShape[]): string {
  const text = shapes.map(shapeText).join(" and ");
  return text.length <= textMax ? text : `${text.slice(0, textMax)}…`;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
