import { describe, expect, it } from "vitest";
import { parseSqlScript, type SqlScript } from "../../src/core/sql-script.ts";

const setId = "\\set id random(1, 1000)\n";

function scriptOf(text: string): SqlScript {
  const script = parseSqlScript(text);
  if (!script.ok) throw new Error(script.problems.join("; "));
  return script.value;
}

function problemsOf(text: string): readonly string[] {
  const script = parseSqlScript(text);
  return script.ok ? [] : script.problems;
}

function sqlOf(text: string): readonly string[] {
  return scriptOf(text).statements.map(({ sql }) => sql);
}

describe("a plain .sql file", () => {
  it("is cut at its semicolons, the last of which may be missing", () => {
    expect(sqlOf("select 1;\n;\nselect 2;\n\nselect 3\n")).toEqual([
      "select 1",
      "select 2",
      "select 3",
    ]);
  });

  it("has its variables as parameters, each once a statement", () => {
    const text = `${setId}\\set delta random(-5000, 5000)
      update account set balance = balance + :delta where id = :id and :delta <> 0;
      select :id;`;
    expect(scriptOf(text)).toEqual({
      explicit: false,
      variables: [
        { name: "id", min: 1, max: 1000 },
        { name: "delta", min: -5000, max: 5000 },
      ],
      statements: [
        {
          sql: "update account set balance = balance + $1 where id = $2 and $1 <> 0",
          variables: ["delta", "id"],
        },
        { sql: "select $1", variables: ["id"] },
      ],
    });
  });

  it("may have its variables in a header comment, and in Windows' line ends", () => {
    const { variables } = scriptOf("-- \\set id random( 1 , 10 );\r\nselect :id;\r\n");
    expect(variables).toEqual([{ name: "id", min: 1, max: 10 }]);
  });

  it.each([
    ["a string", "select ':id;'"],
    ["a string with a doubled quote", "select 'it''s :id;'"],
    ["a string that ends in a backslash, which escapes nothing", String.raw`select '\' || ''`],
    ["an E-string with an escaped quote", String.raw`select E'\':id;'`],
    ["a small e-string", String.raw`select e'\\\';:id'`],
    ["a quoted name", 'select 1 as ":id;"'],
    ["a quoted name with a doubled quote", 'select 1 as """:id;"'],
    ["a dollar string", "select $$:id;$$"],
    ["a dollar string with a tag", "select $body$:id; $$ $other$ 'it$body$"],
    ["dollar strings in dollar strings", "do $a$begin execute $b$select ':id;'$b$; end$a$"],
    ["a command in a dollar string", "select $$\n\\set x 1\n$$"],
    ["a comment's beginning in a string", "select '--:id', '/*'"],
    ["a cast", "select 1::id::text"],
    ["a named argument", "select make_interval(days:=1)"],
    ["a slice by numbers", "select (array[1,2,3])[1:2]"],
    ["a slice by columns", "select a[low:high], b[:high], c[a[1]:high] from t"],
    ["a name with dollars, which begins no string", "select a$b$ from c$b$"],
  ])("leaves %s alone", (_what, sql) => {
    expect(scriptOf(`${setId}${sql};select 2`).statements).toEqual([
      { sql, variables: [] },
      { sql: "select 2", variables: [] },
    ]);
  });

  it("takes a variable for a bound in brackets if it is set", () => {
    expect(sqlOf(`${setId}select a[:id], b[1::id]`)).toEqual(["select a[$1], b[1::id]"]);
  });

  it("has a variable before a cast, and another right behind an operator", () => {
    expect(sqlOf(`${setId}select :id::int, 2*:id`)).toEqual(["select $1::int, 2*$1"]);
  });

  it.each([
    ["line comments", "select 1 -- ; 'quoted :name\n+ 1", "select 1  \n+ 1"],
    ["block comments", "select /* ; ' :name */ 1", "select   1"],
    ["nested block comments", "select /* /* ; */ ' /**/ :name */ 1", "select   1"],
    ["a command in a block comment", "/*\n\\set x 1\n*/ select 1", "select 1"],
  ])("does without %s", (_what, text, sql) => {
    expect(sqlOf(text)).toEqual([sql]);
  });

  it.each([
    "begin; select 1; commit;",
    "START TRANSACTION; select 1; END",
    "begin work;select 1;end work",
  ])("is one transaction as it is if these stand around it: %s", (text) => {
    expect(scriptOf(text)).toMatchObject({ explicit: true, statements: [{ sql: "select 1" }] });
  });

  it.each([
    "select 1; commit; select 2",
    "begin; select 1; commit; select 2; commit",
    "begin; select 1",
    "select 1; end",
    "select 1; rollback",
    "begin; select 1; abort; commit",
    "prepare transaction 'x'",
  ])("is refused with a transaction's end or beginning elsewhere: %s", (text) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^line 1: ".*": the file is one transaction: expected plain BEGIN/);
  });

  it("is refused with an isolation level of its own, which is the run's", () => {
    expect(problemsOf("begin isolation level serializable; select 1; commit")).toEqual([
      expect.stringContaining('"begin isolation level serializable": the file is one transaction'),
      expect.stringContaining('"commit"'),
    ]);
  });

  it("may go back to a savepoint", () => {
    const text = "begin; savepoint s; select 1; rollback to s; rollback to savepoint s; commit";
    expect(sqlOf(text)).toHaveLength(4);
  });

  it.each([
    ["nothing", ""],
    ["a comment alone", "-- select 1;\n/* select 2 */;;"],
    ["variables alone", setId],
    ["an empty transaction", "begin; commit;"],
  ])("is refused with %s in it", (_what, text) => {
    expect(problemsOf(text)).toEqual(["expected at least one statement"]);
  });

  it.each([
    "\\set id 5",
    "\\set id random(1, 100000 * :scale)",
    "\\set id random_gaussian(1, 10, 2.5)",
    "\\set id random(1.5, 2)",
    "\\set id random(2, 1)",
    "\\set id random(0, 4294967296)",
    "\\set id random(1, 99999999999999999999)",
    "\\set 1d random(1, 2)",
    "\\setrandom id 1 10",
    "\\sleep 10 ms",
    "-- \\sleep 10 ms",
    "select 1 \\gset",
  ])("is refused with what is not known of pgbench: %s", (line) => {
    const command = line.slice(line.indexOf("\\"));
    expect(problemsOf(`select 1;\n${line}\n;select 2`)).toEqual([
      `line 2: expected of pgbench's commands only \\set NAME random(MIN, MAX) with whole numbers, got "${command}"`,
    ]);
  });

  it("may draw from all of 32 bits", () => {
    const { variables } = scriptOf("\\set id random(0, 4294967295)\nselect :id");
    expect(variables).toEqual([{ name: "id", min: 0, max: 4_294_967_295 }]);
  });

  it.each([
    ["'", "select 1;\nselect 'never; :ends"],
    ['"', 'select 1;\nselect "never'],
    ["E'", String.raw`select 1;` + "\n" + String.raw`select E'never\'`],
    ["$tag$", "select 1;\nselect $tag$ never $Tag$ $$"],
    ["/*", "select 1;\n/* /* never */"],
  ])("is refused with a %s that never ends", (opening, text) => {
    expect(problemsOf(text)).toEqual([`line 2: ${opening} begins here and never ends`]);
  });

  it("is refused with parameters that nothing gives", () => {
    expect(problemsOf(`${setId}select $1, :id`)).toEqual([
      "line 2: nothing gives $1: expected a variable such as :id",
    ]);
  });

  it("tells every problem, each with its line, in their order", () => {
    const text = [
      "\\set id 5",
      "\\set max random(1, 10)",
      "-- \\set max random(1, 20)",
      "select :ghost, :id;",
      "commit;",
      "select 'never",
    ].join("\n");
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^line 1: .*got "\\set id 5"$/),
      "line 3: max is set already: expected \\set once a name",
      "line 4: :ghost is never set: expected a line such as -- \\set ghost random(1, 1000)",
      "line 4: :id is never set: expected a line such as -- \\set id random(1, 1000)",
      expect.stringMatching(/^line 5: "commit"/),
      "line 6: ' begins here and never ends",
    ]);
  });
});
