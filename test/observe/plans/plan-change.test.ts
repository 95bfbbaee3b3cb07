import { describe, expect, it } from "vitest";
import { planChanges } from "../../../src/observe/plans/plan-change.ts";
import { planShape } from "../../../src/observe/plans/plan-shape.ts";
import { shapeOf, versions } from "./stored-plans.ts";

describe.each(versions)("between two plans of PostgreSQL %i", (version) => {
  const between = (before: string, after: string) =>
    planChanges([shapeOf(version, before)], [shapeOf(version, after)]);

  it("says what became of an index, as deep down as the rest is the same", () => {
    expect(between("lookup", "lookup-without-index")).toEqual([
      "Index Scan using thing_pkey on thing became Seq Scan on thing",
    ]);
  });

  it("says so of some partitions", () => {
    expect(between("lookup-without-index", "lookup-one-index")).toEqual([
      "Seq Scan on thing became Index Scan using thing_01_id_idx on thing and Seq Scan on thing",
    ]);
    expect(between("lookup-one-index", "lookup-without-index")).toEqual([
      "Index Scan using thing_01_id_idx on thing and Seq Scan on thing became Seq Scan on thing",
    ]);
  });

  it("says nothing where costs, rows and times differ and no more", () => {
    expect(between("join", "join-small")).toEqual([]);
    expect(between("lookup", "lookup")).toEqual([]);
  });
});

const scan = (table: string) => ({ "Node Type": "Seq Scan", "Relation Name": table });
const join = (kind: string, ...tables: string[]) =>
  planShape({ "Node Type": kind, "Join Type": "Inner", Plans: tables.map(scan) }, new Map());

it("names a join only where what it joins stayed the same", () => {
  expect(planChanges([join("Hash Join", "a", "b")], [join("Merge Join", "a", "b")])).toEqual([
    "Hash Join became Merge Join",
  ]);
  expect(planChanges([join("Nested Loop", "a", "b")], [join("Hash Join", "b", "a")])).toEqual([
    "Nested Loop (Seq Scan on a, Seq Scan on b) became Hash Join (Seq Scan on b, Seq Scan on a)",
  ]);
});

it("has both plans of a statement that was planned twice, and cuts what is long", () => {
  const [one, other] = [join("Hash Join", "a", "b"), join("Merge Join", "a", "b")];
  expect(planChanges([one], [one, other])).toEqual([
    "Hash Join (Seq Scan on a, Seq Scan on b) became " +
      "Hash Join (Seq Scan on a, Seq Scan on b) and Merge Join (Seq Scan on a, Seq Scan on b)",
  ]);
  const [change = ""] = planChanges(
    [join("Append", ...Array.from({ length: 99 }, (_, table) => `t${table}`))],
    [one],
  );
  expect(change.length).toBeLessThan(300);
});
