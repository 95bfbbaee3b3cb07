import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { jsonbText } from "../../src/server/jsonb-text.ts";
import { recordText } from "../../src/server/table-layout.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(() => database.drop());

/** PostgreSQL's text has no NUL. */
const text = fc.string({ unit: "binary" }).map((one) => one.replaceAll("\u0000", ""));

it("JSON is printed as the server prints jsonb", async () => {
  const values = fc
    .sample(fc.jsonValue({ stringUnit: "binary" }), 300)
    .concat(
      [
        1e21,
        1.5e300,
        -2.5e-7,
        5e-324,
        0.1,
        -0,
        123456789012345680000,
        '\u007f\u0001\b\f\n\r\t\\"/',
      ],
      { bb: 1, a: 2, c: 3, "": 4, ä: 5, "10": 6, "9": 7 },
    );
  const texts = values
    .map((value) => JSON.stringify(value))
    .filter((json) => !json.includes("\\u0000"));
  expect(texts.length).toBeGreaterThan(200);
  const rows = await database.connection.query(
    "select one::jsonb::text as stored from unnest($1::text[]) with ordinality as one (one, number) order by number",
    [texts],
  );
  expect(texts.map(jsonbText)).toEqual(rows.map(({ stored }) => stored));
});

it("rows are printed as the server prints them", async () => {
  const cells = fc.sample(fc.array(fc.option(text), { minLength: 3, maxLength: 3 }), 300);
  cells.push(["", null, " "], ["a\tb", "c\vd", "e\ff"], ['"', "\\", "(,)"]);
  const rows = await database.connection.query(
    `select row(a, b, c)::text as printed
      from unnest($1::text[], $2::text[], $3::text[]) with ordinality as one (a, b, c, number)
      order by number`,
    [0, 1, 2].map((column) => cells.map((row) => row[column])),
  );
  expect(cells.map(recordText)).toEqual(rows.map(({ printed }) => printed));
});
