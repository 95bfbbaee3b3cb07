/**
 * What a PostgreSQL that does nothing says to one client: just enough of protocol 3.0 (manual,
 * "Message Formats") that drivers are content. It shares the machine with the generator that it
 * measures, so to Bind, Execute and Sync it gives answers made beforehand, and makes no strings.
 */
import { sqlTokens } from "../../core/sql-tokens.ts";

/** Longer than any statement of a load; a client that means more has lost its place in the stream. */
const messageBytesMax = 16 * 1024 * 1024;

/** One connection, from its first byte to its last. */
export class NoopSession {
  readonly #welcome: Buffer;
  readonly #statements = new NamedStatements();
  readonly #portals = new NamedStatements();
  #phase: "starting" | "started" | "over" = "starting";
  #status: TransactionStatus = "I";
  readonly #answers: Buffer[] = [];
  /** The beginning of a message, until there are `#neededBytes` of it. */
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #neededBytes = 0;

  /** @param processId what the client takes for its backend's. */
  constructor(processId: number) {
    this.#welcome = welcome(processId);
  }

  /** Once true, the connection is to be closed behind the answer; further bytes are ignored. */
  get isOver(): boolean {
    return this.#phase === "over";
  }

  /** All answers to the messages that these bytes complete; empty if there are none. */
  receive(chunk: Buffer): Buffer {
    if (this.isOver) return Buffer.alloc(0);
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes >= this.#neededBytes) {
      const bytes = this.#held.length === 1 ? chunk : Buffer.concat(this.#held);
      const usedBytes = this.#answerAll(bytes);
      this.#heldBytes = bytes.length - usedBytes;
      this.#held.length = 0;
      if (this.#heldBytes > 0) this.#held.push(bytes.subarray(usedBytes));
    }
    const answer = Buffer.concat(this.#answers);
    this.#answers.length = 0;
    return answer;
  }

  /** Returns how many of the bytes are done with. */
  #answerAll(bytes: Buffer): number {
    let start = 0;
    try {
      while (this.#phase !== "over") {
        const end = this.#messageEnd(bytes, start);
        this.#neededBytes = end - start;
        if (end > bytes.length) return start;
        if (this.#phase === "starting") this.#start(bytes, start + 4, end);
        else this.#answer(bytes, start, end);
        start = end;
      }
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#answers.push(fatalError(error.message));
      this.#phase = "over";
    }
    return bytes.length;
  }

  /** Where the message ends; while its length is not there, where that ends. */
  #messageEnd(bytes: Buffer, start: number): number {
    // The messages that open a session have no type in front of their length.
    const lengthAt = this.#phase === "starting" ? start : start + 1;
    if (lengthAt + 4 > bytes.length) return lengthAt + 4;
    const length = bytes.readUInt32BE(lengthAt);
    if (length >= 4 && length <= messageBytesMax) return lengthAt + length;
    throw new ProtocolViolation(`a message of ${length} bytes: expected 4 to ${messageBytesMax}`);
  }

  /** What opens a session, or asks for something else instead. */
  #start(bytes: Buffer, start: number, end: number): void {
    const request = start + 4 <= end ? bytes.readUInt32BE(start) : 0;
    if (request === cancelRequest) {
      this.#phase = "over";
    } else if (encryptionRequests.includes(request)) {
      this.#answers.push(notEncrypted);
    } else if (request === protocolVersion) {
      this.#answers.push(this.#welcome);
      this.#phase = "started";
    } else {
      throw new ProtocolViolation(`protocol ${request}: expected ${protocolVersion}, which is 3.0`);
    }
  }

  #answer(bytes: Buffer, start: number, end: number): void {
    const body = start + 5;
    switch (bytes.readUInt8(start)) {
      case 0x42: // B
        return this.#bind(bytes, body, end);
      case 0x45: // E
        return this.#execute(bytes, body, end);
      case 0x53: // S: Sync
        return this.#ready();
      case 0x51: // Q
        return this.#query(bytes, body, end);
      case 0x50: // P
        return this.#parse(bytes, body, end);
      case 0x44: // D
        return this.#describe(bytes, body, end);
      case 0x43: // C
        return this.#close(bytes, body, end);
      case 0x48: // H: Flush. Nothing is ever kept back.
        return;
      case 0x58: // X: Terminate
        this.#phase = "over";
        return;
      default:
        throw new ProtocolViolation(`message type ${String(bytes[start])} is unknown`);
    }
  }

  #bind(bytes: Buffer, start: number, end: number): void {
    const portalEnd = textEnd(bytes, start, end);
    const nameEnd = textEnd(bytes, portalEnd + 1, end);
    const portal = this.#portals.slot(bytes, start, portalEnd);
    portal.prepared = this.#statements.get(bytes, portalEnd + 1, nameEnd);
    this.#answers.push(bindComplete);
  }

  #execute(bytes: Buffer, start: number, end: number): void {
    const { completion, status } = this.#portals.get(bytes, start, textEnd(bytes, start, end));
    this.#answers.push(completion);
    this.#status = status ?? this.#status;
  }

  #ready(): void {
    // No portal outlives its transaction.
    if (this.#status === "I") this.#portals.clear();
    this.#answers.push(readyForQuery[this.#status]);
  }

  #query(bytes: Buffer, start: number, end: number): void {
    const sql = bytes.toString("utf8", start, textEnd(bytes, start, end));
    const { result, status } = statementOf(sql);
    this.#answers.push(result);
    this.#status = status ?? this.#status;
    this.#ready();
  }

  #parse(bytes: Buffer, start: number, end: number): void {
    const nameEnd = textEnd(bytes, start, end);
    const sqlEnd = textEnd(bytes, nameEnd + 1, end);
    const statement = statementOf(bytes.toString("utf8", nameEnd + 1, sqlEnd));
    const declaredTypes = typesAt(bytes, sqlEnd + 1, end);
    this.#statements.slot(bytes, start, nameEnd).prepared = { ...statement, declaredTypes };
    this.#answers.push(parseComplete);
  }

  #describe(bytes: Buffer, start: number, end: number): void {
    const isPortal = bytes[start] === 0x50; // P
    const named = isPortal ? this.#portals : this.#statements;
    const prepared = named.get(bytes, start + 1, textEnd(bytes, start + 1, end));
    if (!isPortal) this.#answers.push(parameterDescription(prepared));
    this.#answers.push(prepared.description);
  }

  #close(bytes: Buffer, start: number, end: number): void {
    const named = bytes[start] === 0x50 ? this.#portals : this.#statements; // P
    named.remove(bytes, start + 1, textEnd(bytes, start + 1, end));
    this.#answers.push(closeComplete);
  }
}

/** The client is told, and the connection closed: whoever made it has a bug. */
class ProtocolViolation extends Error {}

const tooShort = "a message is shorter than what it says";

/** Where the zero byte stands that ends the text. */
function textEnd(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) if (bytes[at] === 0) return at;
  throw new ProtocolViolation(tooShort);
}

function typesAt(bytes: Buffer, start: number, end: number): readonly number[] {
  const count = start + 2 <= end ? bytes.readUInt16BE(start) : Infinity;
  if (start + 2 + 4 * count > end) throw new ProtocolViolation(tooShort);
  return Array.from({ length: count }, (_, index) => bytes.readUInt32BE(start + 2 + 4 * index));
}

interface Prepared extends Statement {
  /** Object identifiers; 0 leaves the type open, as does one that is missing. */
  readonly declaredTypes: readonly number[];
}

interface Slot {
  readonly name: Buffer;
  prepared: Prepared | null;
}

/** Found by the bytes of their names, one by one: a session has a handful of them. */
class NamedStatements {
  #slots: Slot[] = [];

  get(bytes: Buffer, start: number, end: number): Prepared {
    const prepared = this.#find(bytes, start, end)?.prepared;
    if (prepared) return prepared;
    const name = bytes.toString("utf8", start, end);
    throw new ProtocolViolation(`there is no prepared statement or portal "${name}"`);
  }

  /** Made where there is none. */
  slot(bytes: Buffer, start: number, end: number): Slot {
    const found = this.#find(bytes, start, end);
    if (found !== null) return found;
    const slot = { name: Buffer.from(bytes.subarray(start, end)), prepared: null };
    this.#slots.push(slot);
    return slot;
  }

  /** That there is none is no error. */
  remove(bytes: Buffer, start: number, end: number): void {
    const found = this.#find(bytes, start, end);
    this.#slots = this.#slots.filter((slot) => slot !== found);
  }

  clear(): void {
    this.#slots.length = 0;
  }

  #find(bytes: Buffer, start: number, end: number): Slot | null {
    search: for (const slot of this.#slots) {
      if (slot.name.length !== end - start) continue;
      for (let at = start; at < end; at++) {
        if (slot.name[at - start] !== bytes[at]) continue search;
      }
      return slot;
    }
    return null;
  }
}

/** As ReadyForQuery tells it: idle, or in a transaction block. */
type TransactionStatus = "I" | "T";

/** What a text of SQL is answered with. */
interface Statement {
  /** To Query, without the ReadyForQuery behind it. */
  readonly result: Buffer;
  /** To Describe. */
  readonly description: Buffer;
  /** To Execute. */
  readonly completion: Buffer;
  /** After it; null: as it was before. */
  readonly status: TransactionStatus | null;
  /** The highest n of its `$n`. */
  readonly parameters: number;
}

/** A load repeats its statements; one that writes its values into them must not fill the memory. */
const statementsMax = 1_000;
const rememberedCharsMax = 10_000;
const statements = new Map<string, Statement>();

function statementOf(sql: string): Statement {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  const statement = readStatement(sql);
  if (statements.size === statementsMax) statements.clear();
  if (sql.length <= rememberedCharsMax) statements.set(sql, statement);
  return statement;
}

/** Only a Query may hold several commands; what is prepared is the first. */
function readStatement(sql: string): Statement {
  const tokens = sqlTokens(sql);
  const words = tokens.map(({ kind, text }) => {
    if (kind === "end") return ";";
    return kind === "sql" && /^[a-z_]\w*$/i.test(text) ? `${text.toUpperCase()} ` : "";
  });
  const texts = words.join("").split(";").filter(Boolean);
  const commands = (texts.length === 0 ? [""] : texts).map(readCommand);
  const numbers = tokens.map(({ kind, text }) => (kind === "parameter" ? +text.slice(1) : 0));
  return {
    ...readCommand(texts[0] ?? ""),
    result: Buffer.concat(commands.map(({ result }) => result)),
    status: commands.findLast(({ status }) => status !== null)?.status ?? null,
    parameters: numbers.reduce((most, number) => Math.max(most, number), 0),
  };
}

/** @param words of it, in upper case, each with a space behind it. */
function readCommand(words: string): Omit<Statement, "parameters"> {
  const [word = ""] = words.split(" ");
  const [tag, status] = known.get(word) ?? [word, null];
  const completion = word === "" ? message("I") : message("C", text(tag)); // I: EmptyQueryResponse
  const description = word === "SELECT" ? noColumns : noData;
  return {
    result: word === "SELECT" ? Buffer.concat([description, completion]) : completion,
    description,
    completion,
    // Back to a savepoint is not out of the transaction.
    status: /^ROLLBACK (WORK |TRANSACTION )?TO /.test(words) ? null : status,
  };
}

/** Commands whose tag is more than their first word, and those that begin or end a transaction. */
const known = new Map<string, readonly [tag: string, status: TransactionStatus | null]>([
  ["SELECT", ["SELECT 0", null]],
  ["INSERT", ["INSERT 0 0", null]],
  ["UPDATE", ["UPDATE 0", null]],
  ["DELETE", ["DELETE 0", null]],
  ["BEGIN", ["BEGIN", "T"]],
  ["START", ["START TRANSACTION", "T"]],
  ["COMMIT", ["COMMIT", "I"]],
  ["END", ["COMMIT", "I"]],
  ["ROLLBACK", ["ROLLBACK", "I"]],
  ["ABORT", ["ROLLBACK", "I"]],
]);

// What a client asks for before it has a session (manual, "Message Formats").
const protocolVersion = 0x0003_0000;
const cancelRequest = 80_877_102;
const encryptionRequests = [80_877_103, 80_877_104]; // SSL, GSS

/** `text` in pg_type. */
const textType = 25;
/** What their count in a message can say. */
const parametersMax = 65_535;

const notEncrypted = Buffer.from("N");
const parseComplete = message("1");
const bindComplete = message("2");
const closeComplete = message("3");
const noData = message("n");
const noColumns = message("T", int16(0));
const readyForQuery = { I: message("Z", Buffer.from("I")), T: message("Z", Buffer.from("T")) };
const parameterStatus = Object.entries({
  server_version: "18.0 (loadgen no-op)",
  client_encoding: "UTF8",
  DateStyle: "ISO, MDY",
  integer_datetimes: "on",
  standard_conforming_strings: "on",
  TimeZone: "UTC",
});

function welcome(processId: number): Buffer {
  return Buffer.concat([
    message("R", int32(0)), // AuthenticationOk
    ...parameterStatus.map(([name, value]) => message("S", text(name), text(value))),
    message("K", int32(processId), int32(0)), // A cancel request needs no secret here.
    readyForQuery.I,
  ]);
}

function parameterDescription({ parameters, declaredTypes }: Prepared): Buffer {
  const count = Math.max(declaredTypes.length, Math.min(parameters, parametersMax));
  const types = Array.from({ length: count }, (_, index) => declaredTypes[index] || textType);
  return message("t", int16(count), ...types.map(int32));
}

/** 08P01 is protocol_violation. */
function fatalError(reason: string): Buffer {
  return message("E", ...["SFATAL", "VFATAL", "C08P01", `M${reason}`, ""].map(text));
}

function message(type: string, ...fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat(fields);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function int16(value: number): Buffer {
  return Buffer.of(value >> 8, value);
}

function int32(value: number): Buffer {
  return Buffer.of(value >> 24, value >> 16, value >> 8, value);
}
