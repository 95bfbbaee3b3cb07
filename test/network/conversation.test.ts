import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Conversation, type Mark } from "../../src/network/conversation.ts";

function message(type: string, body: string): Buffer {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeInt32BE(4 + Buffer.byteLength(body), 1);
  return Buffer.concat([header, Buffer.from(body)]);
}

function request(code: number, body = ""): Buffer {
  const header = Buffer.alloc(8);
  header.writeInt32BE(8 + Buffer.byteLength(body), 0);
  header.writeInt32BE(code, 4);
  return Buffer.concat([header, Buffer.from(body)]);
}

const startup = request(196_608, "user\0me\0application_name\0loadgen/ledger/7\0\0");
const commit = message("Q", "commit\n/* loadgen:write */\0");
const parse = message("P", "one\0select $1\0\0\0");
const sync = message("S", "");

/** Where each mark is in all that was said, whatever pieces it was said in. */
function marksIn(chunks: readonly Buffer[], said: (chunk: Buffer) => readonly Mark[]): unknown[] {
  let before = 0;
  return chunks.flatMap((chunk) => {
    const marks = said(chunk).map(({ at, what }) => ({ at: before + at, what }));
    before += chunk.length;
    return marks;
  });
}

function started(): Conversation {
  const conversation = new Conversation();
  conversation.fromClient(startup);
  return conversation;
}

describe("a conversation", () => {
  it("begins with who it is", () => {
    expect(started().applicationName).toBe("loadgen/ledger/7");
  });

  it("knows where a COMMIT begins and where a Parse ends", () => {
    const said = Buffer.concat([parse, sync, commit, message("Q", "select 1\0"), commit]);
    const conversation = started();
    expect(marksIn([said], (chunk) => conversation.fromClient(chunk))).toEqual([
      { at: parse.length, what: "parsed" },
      { at: parse.length + sync.length, what: "commit" },
      { at: said.length - commit.length, what: "commit" },
    ]);
  });

  it("does not take for a COMMIT what only has one in it, or is shorter than one", () => {
    const conversation = started();
    const guarded = message("Q", "savepoint loadgen_guard; commit\n/* loadgen:write */\0");
    expect(started().fromClient(guarded)).toEqual([{ at: 0, what: "commit" }]);
    const others = [
      "select 'commit'\0",
      "savepoint loadgen_guard\0",
      "savepoint x; commit\0",
      "com\0",
      "\0",
      "begin\0",
    ].map((text) => message("Q", text));
    const parsed = message("B", "commit");
    expect(conversation.fromClient(Buffer.concat([...others, parsed, sync]))).toEqual([]);
  });

  it("tells the server's word on a COMMIT from other words", () => {
    const conversation = started();
    const ready = message("Z", "I");
    const said = Buffer.concat([
      message("C", "INSERT 0 1\0"),
      message("C", "COMMIT\0"),
      ready,
      message("C", "ROLLBACK\0"),
      message("E", "COMMIT"),
      ready,
    ]);
    const committedAt = message("C", "INSERT 0 1\0").length;
    expect(conversation.fromServer(said)).toEqual([
      { at: committedAt, what: "committed" },
      { at: committedAt + message("C", "COMMIT\0").length, what: "ready" },
      { at: said.length - ready.length, what: "ready" },
    ]);
  });

  it("sees the same messages however the network cut them", () => {
    const said = Buffer.concat([startup, parse, sync, commit, sync, commit, parse]);
    const kinds = (chunks: readonly Buffer[]) => {
      const conversation = new Conversation();
      return marksIn(chunks, (chunk) => conversation.fromClient(chunk)).map(
        (mark) => (mark as Mark).what,
      );
    };
    const whole = kinds([said]);
    expect(whole).toEqual(["parsed", "commit", "commit", "parsed"]);
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 200, maxLength: 200 });
    fc.assert(
      fc.property(sizes, (cuts) => {
        const chunks: Buffer[] = [];
        let at = 0;
        for (const size of cuts) {
          if (at < said.length) chunks.push(said.subarray(at, at + size));
          at += size;
        }
        expect(kinds(chunks)).toEqual(whole);
      }),
    );
  });

  it("goes on in clear where the server has no TLS, and is opaque where it has", () => {
    for (const [answer, marks] of [
      ["N", 1],
      ["S", 0],
      ["G", 0],
    ] as const) {
      const conversation = new Conversation();
      conversation.fromClient(request(80_877_103));
      conversation.fromServer(Buffer.from(answer));
      conversation.fromClient(startup);
      expect(conversation.fromClient(commit)).toHaveLength(marks);
    }
  });

  it.each([
    ["a request to cancel", request(80_877_102, "12345678")],
    ["TLS at once", Buffer.from("16030100c8010000c40303", "hex")],
  ])("is opaque after %s", (_, first) => {
    const conversation = new Conversation();
    conversation.fromClient(first);
    expect(conversation.fromClient(commit)).toEqual([]);
    expect(conversation.applicationName).toBe("");
  });

  it("is opaque from where nothing can be understood any more", () => {
    const conversation = started();
    expect(conversation.fromClient(Buffer.alloc(20))).toEqual([]);
    expect(conversation.fromClient(commit)).toEqual([]);
  });
});
