/**
 * The shape of a plan: its kinds of nodes, what they read and by which index, in their order. Costs,
 * rows and times are none of it. Partitions go by the name of the table that they are of, and those
 * that are read alike are one, so that a shape is short and does not depend on which of them it met.
 * Tables and functions are named with their schema where the server told it; an index is in its table's.
 */
import {
  nodeFigures,
  type PlanFigures,
  type PlanNode,
  sumOfFigures,
  textIn,
} from "./query-plan.ts";

/** By the schema and name of a partition, or of its index: what the partitioned one is called. */
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
  return shapeIn(null, node, roots);
}

/** `above`: the schema of the table that the node above reads, whose index this one may be. */
function shapeIn(above: string | null, node: PlanNode, roots: PartitionRoots): PlanShape {
  const schema = schemaOf(node) ?? (isBitmap(node) ? above : null);
  const children = (node.Plans ?? []).map((child) => shapeIn(schema, child, roots));
  return {
    label: labelOf(node, schema, roots),
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

/** Index scans that make one of rows by their places, below the scan that then reads these of a table. */
function isBitmap(node: PlanNode): boolean {
  return ["Bitmap Index Scan", "BitmapAnd", "BitmapOr"].includes(node["Node Type"]);
}

/** Null: it reads nothing that has one, or it was not asked for. */
function schemaOf(node: PlanNode): string | null {
  // Version 14 numbers those of temporary tables by their session.
  return textIn(node, "Schema")?.replace(/^pg_temp_\d+$/, "pg_temp") ?? null;
}

function labelOf(node: PlanNode, schema: string | null, roots: PartitionRoots): string {
  const qualified = (name: string) => (schema === null ? name : `${schema}.${name}`);
  const named = (field: string) => {
    const name = textIn(node, field);
    return name === null ? null : (roots.get(qualified(name)) ?? qualified(name));
  };
  const indexName = textIn(node, "Index Name");
  const index = indexName === null ? null : (roots.get(qualified(indexName)) ?? indexName);
  const isOn = isBitmap(node);
  const read =
    named("Relation Name") ??
    textIn(node, "CTE Name") ??
    named("Function Name") ??
    textIn(node, "Tuplestore Name");
  const relationship = textIn(node, "Parent Relationship");
  const isApart = relationship === "InitPlan" || relationship === "SubPlan";
  return [
    ...(isApart ? [`${relationship}:`] : []),
    ...(node["Parallel Aware"] === true ? ["Parallel"] : []),
    kindOf(node),
    ...(textIn(node, "Scan Direction") === "Backward" ? ["Backward"] : []),
    ...(index === null ? [] : [isOn ? `on ${index}` : `using ${index}`]),
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
