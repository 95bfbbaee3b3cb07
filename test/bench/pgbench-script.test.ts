import { describe, expect, it } from "vitest";
import {
  drawingScript,
  fetchingScript,
  payloadOf,
  statementsText,
} from "../../bench/pgbench-script.ts";
import { readingScript } from "../../bench/point-read.ts";
import { sentBy, type SentTransaction } from "../../bench/transactions.ts";
import { lockedReplacement } from "../../scenarios/dms/references.ts";

const document = { id: "7", key: 3 };
const replacement = {
  documentIds: ["7", "7"],
  documentKeys: [3, 3],
  referentialIds: ["0a", "0b"],
  referentialKeys: [1, 2],
};
const settings = { isolation: "read-committed", holdMs: 100 } as const;
const replacing = sentBy(lockedReplacement(settings, document, replacement), "replace-references");

const reading: SentTransaction = [
  { text: "select 1 where $1::int2 = $2::int8\n/* loadgen:read */", parameters: [1, "20"] },
];

function readingOf(key: number, id: string): SentTransaction {
  return reading.map((statement) => ({ ...statement, parameters: [key, id] }));
}

describe("what a transaction sends", () => {
  it("is all its statements, and no pause", () => {
    const verbs = replacing.map(({ text }) => text.split(/\s/)[0]);
    expect(verbs).toEqual(["begin", "select", "select", "commit"]);
    expect(replacing.every(({ text }) => text.endsWith("/* loadgen:replace-references */"))).toBe(
      true,
    );
  });
});

describe("a payload", () => {
  it("is the parameters of all statements in order, arrays as the server reads them", () => {
    expect(payloadOf(replacing)).toEqual(["3", "7", "{7,7}", "{3,3}", "{0a,0b}", "{1,2}"]);
  });
});

describe("statements for pgbench", () => {
  it("name their parameters through the whole transaction", () => {
    const text = statementsText(replacing);
    expect(text).toContain("DocumentPartitionKey = :p1::smallint and Id = :p2::bigint");
    expect(text).toContain("(:p3::bigint[], :p4::smallint[], :p5::uuid[], :p6::smallint[])");
    expect(text).not.toContain("$");
    expect(text.match(/;\n/g)).toHaveLength(4);
  });

  it("keep the operation in a comment that pgbench does not take for a variable", () => {
    const text = statementsText(replacing);
    expect(text.match(/\/\* loadgen: replace-references \*\/;/g)).toHaveLength(4);
    expect(text).not.toMatch(/[^:]:(?!p\d)\w/);
  });
});

describe("the script that fetches payloads", () => {
  it("does so at a session's first transaction and at each sixteenth after it", () => {
    const { text, variables } = fetchingScript([replacing, replacing, replacing]);
    expect(variables).toEqual({ turn: 15 });
    expect(text.split("\n").slice(0, 6)).toEqual([
      "\\set turn (:turn + 1) % 16",
      "\\if :turn = 0",
      "\\set number random(1, 3)",
      "select p1, p2, p3, p4, p5, p6 from bench.payload where number = :number",
      "\\gset",
      "\\endif",
    ]);
  });
});

describe("the script that draws a key", () => {
  it("finds what belongs to it by halving", () => {
    expect(drawingScript(reading, ["20", "5", "9"]).text).toBe(
      [
        "\\set p1 random(0, 2)",
        "\\set p2 case when :p1 < 1 then 20 else case when :p1 < 2 then 5 else 9 end end",
        "select 1 where :p1::int2 = :p2::int8",
        "/* loadgen: read */;",
        "",
      ].join("\n"),
    );
  });

  it("takes one document of each partition key", () => {
    const drawn = [readingOf(1, "5"), readingOf(0, "20"), readingOf(1, "6")];
    expect(readingScript(drawn).text).toContain("case when :p1 < 1 then 20 else 6 end");
  });

  it("is not made for keys with a gap: pgbench would look for rows that are not there", () => {
    expect(() => readingScript([readingOf(0, "20"), readingOf(2, "9")])).toThrow(
      "partition key 1, of 2 keys",
    );
  });
});
