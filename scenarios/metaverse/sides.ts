/** The two things that external ids are of, and the tables that have them. */

/** Entries of a connected system, or objects of a type. */
export type Side = "entry" | "object";

interface Tables {
  readonly owner: string;
  readonly values: string;
  /** The owner's id in its values. */
  readonly key: string;
  readonly scope: string;
}

export const sides: Readonly<Record<Side, Tables>> = {
  entry: {
    owner: "mv.connected_object",
    values: "mv.connected_value",
    key: "connected_object_id",
    scope: "connected_system_id",
  },
  object: { owner: "mv.object", values: "mv.object_value", key: "object_id", scope: "type_id" },
};
