import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failure.ts";
import type { Part } from "../../src/core/fates.ts";
import { entered } from "../../src/core/ledger.ts";
import { type Row, statement, type Step } from "../../src/core/step.ts";
import { alone, atomically, execute, query, type Transaction } from "../../src/core/transaction.ts";
import { namesOf, stepThrough } from "../helpers/drive.ts";

const settings = { isolation: "read-committed", holdMs: 0 } as const;
const write = statement("write", "insert into thing values ($1)");
const read = statement("read", "select label from thing where id = $1");

const serialization = new Failure("sql", "40001", "could not serialize");
const lost = new Failure("connection", "57P01", "gone");
const lostCommitting = new Failure("connection", "57P01", "gone", true);

const written = [{ entered: true }];

type Answers = Readonly<Record<string, readonly Row[] | Failure>>;

/** Steps through a transaction; statements without an answer return no row, as does everything else. */
function play<T>(transaction: () => Transaction<T>, answers: Answers) {
  const fates: string[] = [];
  let parts = 0;
  let attempt = 0;
  const page = {
    isolation: "serializable" as const,
    nextAttempt() {
      attempt++;
    },
    nextPart: (): Part => ({
      phase: "measured",
      owner: 3,
      number: 7,
      part: parts++,
      attempt,
      digest: 99,
    }),
    told: ({ part }: Part, fate: string) => fates.push(`${part} ${fate}`),
  };
  const answer = (step: Step) => answers["statement" in step ? step.statement.name : step.kind];
  const stepped = stepThrough(entered(transaction(), page), (step) => answer(step) ?? []);
  return { ...stepped, names: namesOf(stepped.steps), fates };
}

const writing = () => atomically(settings, () => execute(write, 1));

describe("a transaction with an entry", () => {
  it("leaves it as the last thing before COMMIT, with what names it", () => {
    const { steps, names, fates } = play(writing, { "ledger-entry": written });
    expect(names).toEqual(["begin", "write", "ledger-entry", "commit"]);
    expect(steps[2]).toMatchObject({ parameters: ["measured", 3, 7, 0, 99] });
    expect(fates).toEqual(["0 acknowledged"]);
  });

  it("leaves nothing, and is not told of, if it has written nothing", () => {
    const { names, fates } = play(writing, { "ledger-entry": [] });
    expect(names).toEqual(["begin", "write", "ledger-entry", "commit"]);
    expect(fates).toEqual([]);
  });

  it("is rolled back, and fails in place of COMMIT, if the entry is refused", () => {
    const { names, fates, failure } = play(writing, { "ledger-entry": serialization });
    expect(names).toEqual(["begin", "write", "ledger-entry", "rollback"]);
    expect(fates).toEqual(["0 refused"]);
    expect(failure).toBe(serialization);
  });

  it("is refused where COMMIT says no, and unknown where the connection goes under it", () => {
    const entry = { "ledger-entry": written };
    expect(play(writing, { ...entry, commit: serialization }).fates).toEqual(["0 refused"]);
    const cut = play(writing, { ...entry, commit: lostCommitting });
    expect(cut.fates).toEqual(["0 unknown"]);
    expect(cut.failure).toBe(lostCommitting);
  });

  it("is refused where it fails before, rolled back by itself or by a server that lost it", () => {
    const refused = play(writing, { write: serialization });
    expect(refused.names).toEqual(["begin", "write", "rollback"]);
    expect(refused.fates).toEqual(["0 refused"]);
    const gone = play(writing, { write: lost });
    expect(gone.names).toEqual(["begin", "write"]);
    expect(gone.fates).toEqual(["0 refused"]);
  });

  it("has as many parts as it begins transactions", () => {
    const twice = function* () {
      yield* writing();
      yield* writing();
    };
    expect(play(twice, { "ledger-entry": written }).fates).toEqual([
      "0 acknowledged",
      "1 acknowledged",
    ]);
  });

  it("returns what it would return without", () => {
    const asking = () => atomically(settings, () => query(read, 1));
    const rows = [{ label: "one" }];
    expect(play(asking, { read: rows }).result).toEqual(rows);
  });
});

describe("a statement outside BEGIN", () => {
  const asking = () => alone(settings, read, 1);

  it("is sent as one with its entry, whose parameters follow its own", () => {
    const { steps, names } = play(asking, {});
    expect(names).toEqual(["read+ledger"]);
    expect(steps[0]).toMatchObject({ parameters: [1, "measured", 3, 7, 0, 99] });
    const [first] = steps;
    const sql = first !== undefined && "statement" in first ? first.statement.sql : "";
    expect(sql).toContain(read.sql);
    expect(sql).toContain("$2::text");
  });

  it("is the same statement each time, so that it is prepared once", () => {
    const [one] = play(asking, {}).steps;
    const [other] = play(asking, {}).steps;
    expect(one).toMatchObject({ kind: "query" });
    expect((one as { statement: object }).statement).toBe(
      (other as { statement: object }).statement,
    );
  });

  it("returns its own rows, and none where it had none", () => {
    const told = { loadgen_rows: 2, loadgen_entries: 1 };
    const rows = [
      { label: "one", ...told },
      { label: "two", ...told },
    ];
    const some = play(asking, { "read+ledger": rows });
    expect(some.result).toEqual([{ label: "one" }, { label: "two" }]);
    expect(some.fates).toEqual(["0 acknowledged"]);
    const none = [{ label: null, loadgen_rows: 0, loadgen_entries: 0 }];
    const empty = play(asking, { "read+ledger": none });
    expect(empty.result).toEqual([]);
    expect(empty.fates).toEqual([]);
  });

  it.each([
    "call transfer(1)",
    "with gone as (delete from thing returning id) insert into past select id from gone",
    "merge into thing using past on thing.id = past.id when matched then delete",
    "select id into other from thing",
    "truncate thing",
  ])("is begun and committed if a WITH clause may not take it: %s", (sql) => {
    const lone = statement("lone", sql);
    const { steps, names, fates } = play(() => alone(settings, lone), { "ledger-entry": written });
    expect(names).toEqual(["begin", "lone", "ledger-entry", "commit"]);
    expect(steps[0]).toMatchObject({ isolation: "serializable" });
    expect(fates).toEqual(["0 acknowledged"]);
    const failed = play(() => alone(settings, lone), { lone: serialization });
    expect(failed.names).toEqual(["begin", "lone", "rollback"]);
    expect(failed.failure).toBe(serialization);
    expect(failed.fates).toEqual(["0 refused"]);
  });

  it.each([
    ["has a comment before it", "-- note\ninsert into thing values (1)"],
    ["names in a text what it does not do", "insert into thing values ('returning')"],
  ])("returns something to be counted by though it %s", (_, sql) => {
    const [step] = play(() => alone(settings, statement("lone", sql)), {}).steps;
    expect(step).toMatchObject({ statement: { name: "lone+ledger" } });
    const sent = (step as { statement: { sql: string } }).statement.sql;
    expect(sent).toContain("\nreturning true as touched\n");
  });

  it("is unknown where the connection goes under it, and refused where it fails", () => {
    expect(play(asking, { "read+ledger": lostCommitting }).fates).toEqual(["0 unknown"]);
    expect(play(asking, { "read+ledger": serialization }).fates).toEqual(["0 refused"]);
  });
});
