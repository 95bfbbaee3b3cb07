/**
 * The shape of a plan: its kinds of nodes, what they read and by which index, in their order. Costs,
 * rows and times are none of it. Partitions go by the name of the table that they are of, and those
 * that are read alike are one, so that a shape is short and does not depend on which of them it met.
 */
import {
  nodeFigures,
  type PlanFigures,
  type PlanNode,
  sumOfFigures,
  textIn,
} from "./query-plan.ts";

/** Of a partition, or of its index: the name of the partitioned one. */
export type PartitionRoots = ReadonlyMap<string, string>;

export interface PlanShape {
  /** Such as "Index Scan using ux_thing_key on thing". */
  readonly label: string;
  /** How many nodes that are alike this stands for: partitions. */
  readonly alike: number;
  /** Of all of them, with what is below them. */
  readonly figures: PlanFigures;
  readonly children: readonly PlanShape[];
}

export function planShape(node: PlanNode, roots: PartitionRoots): PlanShape {
  const children = (node.Plans ?? []).map((child) => planShape(child, roots));
  return {
    label: labelOf(node, roots),
    alike: 1,
    figures: nodeFigures(node),
    children: isAppend(node["Node Type"]) ? folded(children) : children,
  };
}

/** What two plans have in common that are of one shape. */
export function shapeText({ label, children }: Pick<PlanShape, "label" | "children">): string {
  if (children.length === 0) return label;
  return `${label} (${children.map(shapeText).join(", ")})`;
}

function isAppend(nodeType: string): boolean {
  return nodeType === "Append" || nodeType === "Merge Append";
}

/** In which order partitions come is no matter. */
function folded(children: readonly PlanShape[]): readonly PlanShape[] {
  return countedShapes(children)
    .map(({ shape, times }) => ({ ...shape, alike: times }))
    .toSorted((one, other) => (shapeText(one) < shapeText(other) ? -1 : 1));
}

/** Of each shape among them one, in the order in which they first came, with what all of it took. */
export function countedShapes(
  shapes: readonly PlanShape[],
): readonly { readonly shape: PlanShape; readonly times: number }[] {
  const groups = new Map<string, PlanShape[]>();
  for (const shape of shapes) {
    const text = shapeText(shape);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [shape]);
    else group.push(shape);
  }
  return [...groups.values()].flatMap((group) => {
    const shape = merged(group);
    return shape === null ? [] : [{ shape, times: group.length }];
  });
}

function merged(group: readonly PlanShape[]): PlanShape | null {
  const [first] = group;
  if (first === undefined) return null;
  return {
    label: first.label,
    alike: first.alike,
    figures: sumOfFigures(group.map(({ figures }) => figures)),
    children: first.children.flatMap(
      (_, index) => merged(group.flatMap(({ children }) => children[index] ?? [])) ?? [],
    ),
  };
}

function labelOf(node: PlanNode, roots: PartitionRoots): string {
  const named = (field: string) => {
    const name = textIn(node, field);
    return name === null ? null : (roots.get(name) ?? name);
  };
  const isBitmap = node["Node Type"] === "Bitmap Index Scan";
  const index = named("Index Name");
  const read =
    named("Relation Name") ??
    named("CTE Name") ??
    named("Function Name") ??
    named("Tuplestore Name");
  const relationship = textIn(node, "Parent Relationship");
  const isApart = relationship === "InitPlan" || relationship === "SubPlan";
  return [
    ...(isApart ? [`${relationship}:`] : []),
    ...(node["Parallel Aware"] === true ? ["Parallel"] : []),
    kindOf(node),
    ...(textIn(node, "Scan Direction") === "Backward" ? ["Backward"] : []),
    ...(index === null ? [] : [isBitmap ? `on ${index}` : `using ${index}`]),
    ...(read === null ? [] : [`on ${read}`]),
  ].join(" ");
}

/** As EXPLAIN's own text has it. */
function kindOf(node: PlanNode): string {
  const kind = node["Node Type"];
  const strategy = textIn(node, "Strategy");
  switch (kind) {
    case "ModifyTable":
      return textIn(node, "Operation") ?? kind;
    case "Aggregate": {
      const partial = textIn(node, "Partial Mode");
      const mode = partial === null || partial === "Simple" ? "" : `${partial} `;
      return `${mode}${aggregates[strategy ?? ""] ?? kind}`;
    }
    case "Nested Loop":
    case "Hash Join":
    case "Merge Join":
      return joinText(kind, textIn(node, "Join Type") ?? "Inner");
    default:
      return kind;
  }
}

const aggregates: Readonly<Record<string, string>> = {
  Sorted: "GroupAggregate",
  Hashed: "HashAggregate",
  Mixed: "MixedAggregate",
};

function joinText(kind: string, type: string): string {
  if (type === "Inner") return kind;
  return kind === "Nested Loop" ? `${kind} ${type} Join` : kind.replace(" Join", ` ${type} Join`);
}
