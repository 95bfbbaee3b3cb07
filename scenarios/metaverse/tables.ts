/** Tables as rows are sent to them: of most, all columns but those that the database fills. */
import { columnOfKind, type Kind } from "../../fixtures/metaverse/kinds.ts";
import type { BinaryType, Scalar } from "../../src/core/step.ts";

export interface Table {
  /** Names its statements, such as "objects". */
  readonly noun: string;
  /** Schema-qualified. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Of the columns. */
  readonly types: readonly BinaryType[];
}

function table(noun: string, name: string, columns: Readonly<Record<string, BinaryType>>): Table {
  return { noun, name, columns: Object.keys(columns), types: Object.values(columns) };
}

export const objectTable = table("objects", "mv.object", {
  id: "uuid",
  last_updated: "timestamptz",
  type_id: "int4",
  status: "int4",
  origin: "int4",
  last_connector_disconnected_date: "timestamptz",
  deletion_initiated_by_type: "int4",
  deletion_initiated_by_id: "uuid",
  deletion_initiated_by_name: "text",
  deletion_triggered_by_system_id: "int4",
  deletion_triggered_by_system_name: "text",
  deletion_policy_snapshot_json: "text",
  cached_display_name: "text",
  scope_review_pending: "bool",
  last_scope_evaluated_at: "timestamptz",
});

const kinds = Object.keys(columnOfKind) as readonly Kind[];

const typedColumns: Readonly<Record<string, BinaryType>> = Object.fromEntries(
  Object.values(columnOfKind).map(({ name, type }) => [name, type]),
);

export const objectValueTable = table("values", "mv.object_value", {
  id: "uuid",
  object_id: "uuid",
  attribute_id: "int4",
  ...typedColumns,
  unresolved_reference_value_id: "uuid",
  contributed_by_system_id: "int4",
  contributed_by_sync_rule_id: "int4",
  null_value: "bool",
});

/** Of entries that are nobody's yet. */
export const connectedObjectTable = table("entries", "mv.connected_object", {
  id: "uuid",
  connected_system_id: "int4",
  type_id: "int4",
  external_id_attribute_id: "int4",
  status: "int4",
  join_type: "int4",
  scope_review_pending: "bool",
});

export const connectedValueTable = table("entry-values", "mv.connected_value", {
  id: "uuid",
  connected_object_id: "uuid",
  attribute_id: "int4",
  ...typedColumns,
  unresolved_reference_value: "text",
});

/** What an update of a value in place sets: every typed column, of which one is filled. */
export const changedValueTable = table("changed-values", "changed_value", {
  id: "uuid",
  ...typedColumns,
});

/** What an update sets of the objects themselves. */
export const changedObjectTable = table("changed-objects", "changed_object", {
  id: "uuid",
  last_updated: "timestamptz",
  cached_display_name: "text",
});

/** Of a value given as text, every typed column. */
export function typedCells(kind: Kind, value: string): readonly Scalar[] {
  return kinds.map((one) => (one === kind ? value : null));
}

export const typedColumnNames: readonly string[] = Object.keys(typedColumns);
