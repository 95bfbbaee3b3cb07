/**
 * What a client and a server say to one another on one connection, as far as faults want to know it:
 * who it is, where a COMMIT begins, where a Parse ends, and what the server says of a COMMIT. Until
 * the startup packet has passed messages have no type; after TLS or GSSAPI has been agreed upon
 * nothing can be told any more. PostgreSQL manual, "Message Flow" and "Message Formats".
 */
import { Frames } from "./frames.ts";

/** Something in a chunk: from this byte on, or up to it. */
export interface Mark {
  readonly at: number;
  /**
   * - `commit`: a simple query begins whose text begins with COMMIT, behind the guard of k6's sessions
   *   or without.
   * - `parsed`: a Parse has ended.
   * - `committed`: the server's word begins that COMMIT is done.
   * - `ready`: the server is ready for the next one.
   */
  readonly what: "commit" | "parsed" | "committed" | "ready";
}

const commits = /^(savepoint loadgen_guard; )?commit/i;

const nothing: readonly Mark[] = Object.freeze([]);

// Requests that stand in the place of a startup packet; "Message Formats".
const cancelRequest = 80_877_102;
const sslRequest = 80_877_103;
const gssEncRequest = 80_877_104;

/** PostgreSQL takes no longer ones (MAX_STARTUP_PACKET_LENGTH). */
const startupBytesMax = 10_000;

export class Conversation {
  /** - `opaque`: encrypted, or a request to cancel, or nothing that could be understood. */
  #phase: "startup" | "asking" | "messages" | "opaque" = "startup";
  #startup: Buffer = Buffer.alloc(0);
  #marks: Mark[] = [];
  #applicationName = "";
  readonly #client = new Frames(["Q"], {
    begins: (type, head, at) => {
      if (type === simpleQuery && commits.test(head)) this.#marks.push({ at, what: "commit" });
    },
    ends: (type, at) => {
      if (type === parse) this.#marks.push({ at, what: "parsed" });
    },
  });
  readonly #server = new Frames(["C"], {
    begins: (type, head, at) => {
      if (type === commandComplete && head.startsWith("COMMIT"))
        this.#marks.push({ at, what: "committed" });
      if (type === readyForQuery) this.#marks.push({ at, what: "ready" });
    },
    ends: () => undefined,
  });

  /** As in the startup packet; empty as long as none was seen. */
  get applicationName(): string {
    return this.#applicationName;
  }

  fromClient(chunk: Buffer): readonly Mark[] {
    switch (this.#phase) {
      case "startup":
        return this.#starting(chunk);
      case "messages":
        return this.#walk(this.#client, chunk, 0);
      case "asking":
      case "opaque":
        return nothing;
    }
  }

  fromServer(chunk: Buffer): readonly Mark[] {
    switch (this.#phase) {
      case "asking":
        // One byte: S or G is yes, and N is no; then the client goes on in clear.
        this.#phase = chunk[0] === "N".charCodeAt(0) ? "startup" : "opaque";
        return nothing;
      case "messages":
        return this.#walk(this.#server, chunk, 0);
      case "startup":
      case "opaque":
        return nothing;
    }
  }

  #starting(chunk: Buffer): readonly Mark[] {
    const before = this.#startup.length;
    const seen = before === 0 ? chunk : Buffer.concat([this.#startup, chunk]);
    this.#startup = seen;
    if (seen.length < 8) return nothing;
    const size = seen.readInt32BE(0);
    const request = seen.readInt32BE(4);
    if (size < 8 || size > startupBytesMax || request === cancelRequest) {
      // Also TLS that begins without having been asked for.
      this.#phase = "opaque";
      return nothing;
    }
    if (seen.length < size) return nothing;
    this.#startup = Buffer.alloc(0);
    if (request === sslRequest || request === gssEncRequest) {
      this.#phase = "asking";
      return nothing;
    }
    this.#applicationName = applicationNameIn(seen.toString("utf8", 8, size));
    this.#phase = "messages";
    return this.#walk(this.#client, chunk, size - before);
  }

  #walk(frames: Frames, chunk: Buffer, from: number): readonly Mark[] {
    try {
      frames.walk(chunk, from);
    } catch {
      // It is no PostgreSQL that speaks here: the bytes pass all the same.
      this.#phase = "opaque";
    }
    if (this.#marks.length === 0) return nothing;
    const marks = this.#marks;
    this.#marks = [];
    return marks;
  }
}

const simpleQuery = "Q".charCodeAt(0);
const parse = "P".charCodeAt(0);
const commandComplete = "C".charCodeAt(0);
const readyForQuery = "Z".charCodeAt(0);

/** Names and values follow one another, each with a zero behind it. */
function applicationNameIn(parameters: string): string {
  const words = parameters.split("\0");
  const at = words.findIndex((word, index) => index % 2 === 0 && word === "application_name");
  return at < 0 ? "" : (words[at + 1] ?? "");
}
