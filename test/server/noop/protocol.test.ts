import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NoopSession } from "../../../src/server/noop/protocol.ts";

const int16 = (value: number) => Buffer.of(value >> 8, value);
const int32 = (value: number) => Buffer.of(value >> 24, value >> 16, value >> 8, value);
const text = (value: string) => Buffer.from(`${value}\0`);

function untyped(...fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat(fields);
  return Buffer.concat([int32(body.length + 4), body]);
}

function message(type: string, ...fields: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(type), untyped(...fields)]);
}

// The client's messages, as the manual's "Message Formats" has them.
const startUp = untyped(int32(3 << 16), text("user"), text("somebody"), Buffer.of(0));
const query = (sql: string) => message("Q", text(sql));
const parse = (name: string, sql: string, types: readonly number[] = []) =>
  message("P", text(name), text(sql), int16(types.length), ...types.map(int32));
const bind = (portal: string, statement: string, value = "") =>
  message(
    "B",
    ...[text(portal), text(statement), int16(0)],
    ...[int16(1), int32(value.length), Buffer.from(value), int16(0)],
  );
const describeOf = (kind: "S" | "P", name: string) => message("D", Buffer.from(kind), text(name));
const closeOf = (kind: "S" | "P", name: string) => message("C", Buffer.from(kind), text(name));
const execute = (portal: string) => message("E", text(portal), int32(0));
const flush = message("H");
const sync = message("S");
const terminate = message("X");

/** The server's messages: their type, and what is in them. */
function shown(answer: Buffer): readonly string[] {
  const messages: string[] = [];
  for (let start = 0; start < answer.length;) {
    const end = start + 1 + answer.readUInt32BE(start + 1);
    const body = answer.subarray(start + 5, end);
    const type = String.fromCharCode(answer[start]!);
    const isText = ["C", "E", "S", "Z"].includes(type);
    const fields = isText ? body.toString().split("\0") : [...body];
    messages.push([type, ...fields.filter((field) => field !== "")].join(" "));
    start = end;
  }
  return messages;
}

function started(): NoopSession {
  const session = new NoopSession(1);
  session.receive(startUp);
  return session;
}

function ask(session: NoopSession, ...messages: readonly Buffer[]): readonly string[] {
  return shown(session.receive(Buffer.concat(messages)));
}

const violation = expect.stringMatching(/^E SFATAL VFATAL C08P01 M./) as string;

describe("the start of a session", () => {
  it("lets the client in without a password, and says what it is", () => {
    expect(ask(new NoopSession(258), startUp)).toEqual([
      "R 0 0 0 0",
      "S server_version 18.0 (loadgen no-op)",
      "S client_encoding UTF8",
      "S DateStyle ISO, MDY",
      "S integer_datetimes on",
      "S standard_conforming_strings on",
      "S TimeZone UTC",
      "K 0 0 1 2 0 0 0 0",
      "Z I",
    ]);
  });

  it.each([
    ["TLS", 80_877_103],
    ["GSS encryption", 80_877_104],
  ])("has no %s, and goes on without", (_, code) => {
    const session = new NoopSession(1);
    expect(session.receive(untyped(int32(code))).toString()).toBe("N");
    expect(ask(session, startUp).at(-1)).toBe("Z I");
  });

  it("is all there is to a request to cancel", () => {
    const session = new NoopSession(1);
    expect(ask(session, untyped(int32(80_877_102), int32(1), int32(0)))).toEqual([]);
    expect(session.isOver).toBe(true);
  });

  it("refuses any other version of the protocol", () => {
    const session = new NoopSession(1);
    expect(ask(session, untyped(int32(2 << 16), Buffer.of(0)))).toEqual([violation]);
    expect(session.isOver).toBe(true);
  });
});

describe("a simple query", () => {
  it.each([
    ["select 1", ["T 0 0", "C SELECT 0", "Z I"]],
    ["", ["I", "Z I"]],
    [" \n; -- nothing\n /* at /* all */ */ ;", ["I", "Z I"]],
    ["insert into t values ('begin')", ["C INSERT 0 0", "Z I"]],
    ["Update t set a = 1", ["C UPDATE 0", "Z I"]],
    ["delete from t", ["C DELETE 0", "Z I"]],
    ["begin isolation level serializable\n/* loadgen:read */", ["C BEGIN", "Z T"]],
    ["start transaction", ["C START TRANSACTION", "Z T"]],
    ["-- first\n/* second */  begin", ["C BEGIN", "Z T"]],
    ["set application_name = 'x;y'", ["C SET", "Z I"]],
    ["(select 1) union (select 2)", ["T 0 0", "C SELECT 0", "Z I"]],
    [
      "begin; insert into t values (1); ; select 1",
      ["C BEGIN", "C INSERT 0 0", "T 0 0", "C SELECT 0", "Z T"],
    ],
    ["begin; commit", ["C BEGIN", "C COMMIT", "Z I"]],
  ])("%j is answered with nothing", (sql, answers) => {
    expect(ask(started(), query(sql))).toEqual(answers);
  });

  it.each([
    ["commit", "C COMMIT"],
    ["END", "C COMMIT"],
    ["rollback", "C ROLLBACK"],
    ["abort work", "C ROLLBACK"],
  ])("%j ends the transaction", (sql, tag) => {
    const session = started();
    ask(session, query("begin"));
    expect(ask(session, query("select 1")).at(-1)).toBe("Z T");
    expect(ask(session, query(sql))).toEqual([tag, "Z I"]);
  });

  it("that goes back to a savepoint does not end the transaction", () => {
    const session = started();
    ask(session, query("begin"));
    expect(ask(session, query("savepoint s"))).toEqual(["C SAVEPOINT", "Z T"]);
    expect(ask(session, query("rollback to s"))).toEqual(["C ROLLBACK", "Z T"]);
  });
});

describe("a prepared statement", () => {
  it("is remembered by its name", () => {
    const session = started();
    const parsed = ask(session, parse("ab", "select 1"), parse("a", "select $1"));
    expect(parsed).toEqual(["1", "1"]);
    expect(ask(session, parse("b", "delete from t"), sync)).toEqual(["1", "Z I"]);
    const run = (name: string) => [bind("", name, "value"), execute(""), sync];
    expect(ask(session, ...run("b"))).toEqual(["2", "C DELETE 0", "Z I"]);
    expect(ask(session, ...run("a"))).toEqual(["2", "C SELECT 0", "Z I"]);
    ask(session, parse("a", "update t set x = 1"));
    expect(ask(session, ...run("a"), ...run("b"))).toEqual([
      ...["2", "C UPDATE 0", "Z I"],
      ...["2", "C DELETE 0", "Z I"],
    ]);
    expect(ask(session, ...run("ab"))).toEqual(["2", "C SELECT 0", "Z I"]);
  });

  it("begins and ends transactions like a simple query", () => {
    const session = started();
    const run = (sql: string) => ask(session, parse("", sql), bind("", ""), execute(""), sync);
    expect(run("begin")).toEqual(["1", "2", "C BEGIN", "Z T"]);
    expect(run("")).toEqual(["1", "2", "I", "Z T"]);
    expect(run("commit")).toEqual(["1", "2", "C COMMIT", "Z I"]);
  });

  it("has the parameter types that were declared, and text for the others", () => {
    const session = started();
    ask(session, parse("", "insert into t values ($2, '$9', $3) -- $8", [23, 0]));
    const types = [...int16(3), ...int32(23), ...int32(25), ...int32(25)].join(" ");
    expect(ask(session, describeOf("S", ""))).toEqual([`t ${types}`, "n"]);
    ask(session, parse("", "select 1", [20]));
    expect(ask(session, describeOf("S", ""))).toEqual([
      `t 0 1 ${[...int32(20)].join(" ")}`,
      "T 0 0",
    ]);
    ask(session, parse("", "select $70000"));
    expect(session.receive(describeOf("S", "")).readUInt16BE(5)).toBe(65_535);
  });

  it("is described by its portal too", () => {
    const session = started();
    ask(session, parse("a", "select 1"), parse("b", "delete from t"));
    expect(ask(session, bind("", "a"), describeOf("P", ""))).toEqual(["2", "T 0 0"]);
    expect(ask(session, bind("", "b"), describeOf("P", ""), flush)).toEqual(["2", "n"]);
  });

  it("can be in several portals, until the transaction ends", () => {
    const session = started();
    ask(session, query("begin"), parse("a", "select 1"), parse("b", "delete from t"));
    ask(session, bind("one", "a"), bind("other", "b"), sync);
    expect(ask(session, execute("one"), execute("other"))).toEqual(["C SELECT 0", "C DELETE 0"]);
    ask(session, query("commit"));
    expect(ask(session, execute("one"))).toEqual([violation]);
  });

  it("is gone once closed, which does no harm twice", () => {
    const session = started();
    ask(session, parse("a", "select 1"));
    expect(ask(session, bind("p", "a"), closeOf("P", "p"))).toEqual(["2", "3"]);
    expect(ask(session, closeOf("S", "a"), closeOf("S", "a"), sync)).toEqual(["3", "3", "Z I"]);
    expect(ask(session, bind("", "a"))).toEqual([violation]);
  });

  it("keeps its meaning however many other texts there are", () => {
    const session = started();
    ask(session, parse("a", "select 0"));
    for (let number = 1; number <= 2_500; number++)
      ask(session, query(`update t set x = ${number}`));
    expect(ask(session, bind("", "a"), execute(""))).toEqual(["2", "C SELECT 0"]);
    expect(ask(session, query("select 0"))).toEqual(["T 0 0", "C SELECT 0", "Z I"]);
  });
});

describe("a client that breaks the protocol", () => {
  const header = (type: string, length: number) =>
    Buffer.concat([Buffer.from(type), int32(length)]);
  it.each([
    ["an unknown type", message("y")],
    ["a body longer than 16 MB, before it comes", header("B", 16 * 1024 * 1024 + 1)],
    ["a negative length", header("B", -1)],
    ["a length that leaves out itself", header("S", 3)],
    ["a text without an end", message("Q", Buffer.from("select 1"))],
    ["a name without an end", message("B", Buffer.from("name"))],
    ["fewer types than it says", message("P", text(""), text("select 1"), int16(2), int32(23))],
    ["no number of types", message("P", text(""), text("select 1"))],
    ["a statement that was never prepared", bind("", "none")],
    ["a portal that was never bound", execute("none")],
    ["the description of neither", describeOf("S", "none")],
  ])("is told so and cut off: %s", (_, bytes) => {
    const session = started();
    expect(ask(session, sync, bytes, sync)).toEqual(["Z I", violation]);
    expect(session.isOver).toBe(true);
    expect(ask(session, sync)).toEqual([]);
  });

  it.each([
    ["too long", int32(16 * 1024 * 1024 + 1)],
    ["too short to hold a version", untyped(Buffer.of(0))],
  ])("may do so at once: %s", (_, bytes) => {
    const session = new NoopSession(1);
    expect(ask(session, bytes)).toEqual([violation]);
    expect(session.isOver).toBe(true);
  });

  it("is not one that says goodbye, nor one that sends 16 MB", () => {
    const session = started();
    ask(session, parse("", "select $1"));
    // 12 bytes go with the value, and 4 are the length itself.
    const large = bind("", "", "x".repeat(16 * 1024 * 1024 - 16));
    expect(large.readUInt32BE(1)).toBe(16 * 1024 * 1024);
    const first = 1_000_000;
    expect(ask(session, large.subarray(0, first))).toEqual([]);
    expect(ask(session, large.subarray(first), sync)).toEqual(["2", "Z I"]);
    expect(session.isOver).toBe(false);
    expect(ask(session, terminate, sync)).toEqual([]);
    expect(session.isOver).toBe(true);
  });
});

describe("a stream of messages", () => {
  const good = [
    query("select 1"),
    query("begin"),
    query("commit; begin"),
    query("rollback"),
    parse("a", "insert into t values ($1)", [25]),
    parse("", "select $1, $2"),
    bind("", "a", "some value"),
    bind("", ""),
    bind("portal", "a", "x".repeat(300)),
    describeOf("S", "a"),
    describeOf("S", ""),
    Buffer.concat([bind("", "a"), execute("")]),
    Buffer.concat([bind("portal", ""), describeOf("P", "portal"), execute("portal")]),
    closeOf("P", "portal"),
    flush,
    sync,
  ];
  const bad = [message("y"), Buffer.from("GET / HTTP/1.1"), bind("", "none"), terminate];
  const opening = [
    untyped(int32(80_877_103)),
    startUp,
    parse("a", "delete from t where x = $1"),
    parse("", "select 1"),
  ];
  const streams = fc
    .tuple(
      fc.array(fc.constantFrom(...good), { minLength: 1, maxLength: 30 }),
      fc.option(fc.constantFrom(...bad)),
      fc.array(fc.constantFrom(...good), { maxLength: 3 }),
    )
    .map(([before, broken, after]) =>
      Buffer.concat([...opening, ...before, ...(broken === null ? [] : [broken]), ...after]),
    );

  function answered(pieces: readonly Buffer[]) {
    const session = new NoopSession(1);
    const bytes = Buffer.concat(pieces.map((piece) => session.receive(piece)));
    return { bytes: bytes.toString("latin1"), isOver: session.isOver };
  }

  it("gets the same answers wherever it is cut", () => {
    const ends = { over: 0, open: 0 };
    fc.assert(
      fc.property(streams, fc.array(fc.nat(), { maxLength: 20 }), (stream, places) => {
        const cuts = places.map((place) => place % stream.length).sort((one, other) => one - other);
        const pieces = [...cuts, stream.length].map((cut, index) =>
          stream.subarray(cuts[index - 1] ?? 0, cut),
        );
        const whole = answered([stream]);
        ends[whole.isOver ? "over" : "open"]++;
        expect(answered(pieces)).toEqual(whole);
        expect(answered([...stream].map((byte) => Buffer.of(byte)))).toEqual(whole);
      }),
    );
    expect(Math.min(ends.over, ends.open), "streams of both kinds were seen").toBeGreaterThan(0);
  });
});
