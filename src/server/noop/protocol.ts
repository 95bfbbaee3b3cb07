/**
 * What a PostgreSQL that does nothing says to one client: just enough of protocol 3.0 (manual,
 * "Message Formats") that drivers are content. It shares the machine with the generator that it
 * measures, so to Bind, Execute and Sync it gives answers made beforehand, and makes no strings.
 */
import { int16, int32, message, ProtocolViolation, text } from "./message.ts";
import { NamedStatements, type Prepared } from "./named-statements.ts";
import { statementOf, type TransactionStatus } from "./statement.ts";

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
