import { describe, expect, it } from "vitest";
import { countedShapes, planShape, shapeText } from "../../../src/observe/plans/plan-shape.ts";
import { plansOf, roots, shapeOf, versions } from "./stored-plans.ts";

describe.each(versions)("the shape of a plan of PostgreSQL %i", (version) => {
  it("has partitions that are read alike as one, by the name of their table", () => {
    const shape = shapeOf(version, "lookup");
    expect(shapeText(shape)).toBe("Append (Index Scan using thing_pkey on thing)");
    expect(shape.children[0]).toMatchObject({ alike: 3, figures: { rows: 1 } });
  });

  it("keeps those apart that are not", () => {
    const { children } = shapeOf(version, "lookup-one-index");
    expect(children.map(({ label, alike }) => [label, alike])).toEqual([
      ["Index Scan using thing_01_id_idx on thing", 1],
      ["Seq Scan on thing", 2],
    ]);
  });

  it("has writes, joins and their order", () => {
    expect(shapeText(shapeOf(version, "insert"))).toMatch(/^Insert on part \(Append \(/);
    expect(shapeText(shapeOf(version, "join"))).toBe(
      "Aggregate (Hash Join (Append (Seq Scan on thing), Hash (Seq Scan on part)))",
    );
  });

  it("is one for equal plans, with what all of them took", () => {
    const checks = plansOf(version, "insert").slice(0, 3);
    const shapes = checks.map(({ root }) => planShape(root, roots));
    const [first, ...others] = countedShapes(shapes);
    expect(others).toEqual([]);
    expect(first?.times).toBe(3);
    expect(first?.shape.figures.rows).toBe(3);
  });
});

it.each([
  [{ "Node Type": "Hash Join", "Join Type": "Left" }, "Hash Left Join"],
  [{ "Node Type": "Nested Loop", "Join Type": "Anti" }, "Nested Loop Anti Join"],
  [
    { "Node Type": "Aggregate", Strategy: "Hashed", "Partial Mode": "Partial" },
    "Partial HashAggregate",
  ],
  [
    { "Node Type": "Seq Scan", "Relation Name": "a", "Parallel Aware": true },
    "Parallel Seq Scan on a",
  ],
  [{ "Node Type": "Bitmap Index Scan", "Index Name": "i" }, "Bitmap Index Scan on i"],
  [
    {
      "Node Type": "Index Scan",
      "Index Name": "i",
      "Relation Name": "a",
      "Scan Direction": "Backward",
    },
    "Index Scan Backward using i on a",
  ],
  [
    { "Node Type": "CTE Scan", "CTE Name": "c", "Parent Relationship": "SubPlan" },
    "SubPlan: CTE Scan on c",
  ],
])("calls %j as EXPLAIN does: %s", (node, text) => {
  expect(planShape(node, new Map()).label).toBe(text);
});

it("names what is read with its schema, and partitions and their indexes by their table's", () => {
  const roots = new Map([
    ["part.a_0", "main.a"],
    ["part.a_0_key", "a_key"],
  ]);
  const index = { "Node Type": "Bitmap Index Scan", "Index Name": "a_0_key" };
  const both = { "Node Type": "BitmapOr", Plans: [index, { ...index, "Index Name": "other" }] };
  const heap = { Schema: "part", "Relation Name": "a_0", Plans: [both] };
  expect(shapeText(planShape({ "Node Type": "Bitmap Heap Scan", ...heap }, roots))).toBe(
    "Bitmap Heap Scan on main.a (BitmapOr (Bitmap Index Scan on a_key, Bitmap Index Scan on other))",
  );
  // Another schema's table of the same name is another table, and no partition.
  const seq = { "Node Type": "Seq Scan", "Relation Name": "a_0" };
  expect(planShape({ ...seq, Schema: "elsewhere" }, roots).label).toBe("Seq Scan on elsewhere.a_0");
  expect(planShape({ ...seq, Schema: "pg_temp_3" }, roots).label).toBe("Seq Scan on pg_temp.a_0");
});
