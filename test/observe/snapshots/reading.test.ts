import { expect, it } from "vitest";
import { Parts } from "../../../src/observe/snapshots/reading.ts";

it.each([
  ["42501", "have a superuser run create extension pg_stat_statements"],
  ["42704", "have a superuser run create extension pg_stat_statements"],
  ["55000", "add pg_stat_statements to shared_preload_libraries"],
  ["58P01", "install PostgreSQL's contrib package"],
  ["0A000", "install PostgreSQL's contrib package"],
])("advises on %s what mends just that", (code, advice) => {
  const parts = new Parts();
  parts.lacks("pg_stat_statements", code, "why");
  expect(parts.missing[0]?.advice).toMatch(new RegExp(`^${advice}`));
});

it("keeps the reason that was known already", () => {
  const first = new Parts();
  first.lacks("pgstattuple", "42501", "permission denied");
  const second = new Parts(first.missing);
  second.lacks("pgstattuple", "42704", "it is not installed");
  expect(second.missing).toEqual(first.missing);
});
