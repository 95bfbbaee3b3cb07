/**
 * Goes through a CSV file once, as COPY would: how many rows it has, its checksum, and between which
 * numbers some of its columns lie. Whether values are what the table wants is for the server to say.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";

/** A value, and the line of the file where it stands first; the header is line 1. */
export interface PlacedNumber {
  readonly value: number;
  readonly line: number;
}

export interface CsvScan {
  /** Without the header. */
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  /** By watched field, from 0: the least and the greatest number; absent where there is none. */
  readonly ranges: ReadonlyMap<number, readonly [PlacedNumber, PlacedNumber]>;
}

/** Names longer than all of this are none that a table has. */
const headerBytesMax = 65_536;

/** The names in the first line. Rejects as Node reports it where the file cannot be read. */
export async function csvHeader(path: string): Promise<readonly string[]> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytesMax), 0, headerBytesMax);
    const [line = ""] = buffer
      .toString("utf8", 0, bytesRead)
      .replace(/^\uFEFF/, "")
      .split(/\r?\n/);
    return line.split(",").map((name) => name.replace(/^"(.*)"$/, "$1").trim());
  } finally {
    await file.close();
  }
}

/** `watched`: the fields, from 0, whose numbers are looked at. Rejects as Node reports it. */
export async function scanCsv(path: string, watched: readonly number[]): Promise<CsvScan> {
  const scanner = new Scanner(watched);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
    hash.update(chunk as Buffer);
    scanner.take(chunk as Buffer);
  }
  return { ...scanner.end(), sha256: hash.digest("hex") };
}

const chunkBytes = 1_048_576;

const [newline, quote, comma, minus, zero, nine] = [0x0a, 0x22, 0x2c, 0x2d, 0x30, 0x39];

/** A quote opens or closes, wherever it stands: a doubled one does both (PostgreSQL manual, COPY, "CSV Format"). */
class Scanner {
  readonly #watched: readonly boolean[];
  readonly #ranges = new Map<number, readonly [PlacedNumber, PlacedNumber]>();
  #isQuoted = false;
  #field = 0;
  #line = 1;
  /** The header is one of them. */
  #records = 0;
  #bytes = 0;
  /** Where the last record ended. */
  #ended = 0;
  #number = -1;
  #isNegative = false;

  constructor(watched: readonly number[]) {
    this.#watched = Array.from({ length: Math.max(-1, ...watched) + 1 }, (_, field) =>
      watched.includes(field),
    );
  }

  take(chunk: Buffer): void {
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] as number;
      if (byte === quote) this.#isQuoted = !this.#isQuoted;
      else if (byte === newline) this.#endLine(this.#bytes + index + 1);
      else if (byte === comma && !this.#isQuoted) this.#endField();
      else if (this.#watched[this.#field] === true) this.#digit(byte);
    }
    this.#bytes += chunk.length;
  }

  end(): Omit<CsvScan, "sha256"> {
    // The last line may lack its end.
    if (this.#bytes > this.#ended) this.#endRecord(this.#bytes);
    const rows = Math.max(0, this.#records - 1);
    return { rows, bytes: this.#bytes, ranges: this.#ranges };
  }

  #endLine(position: number): void {
    if (!this.#isQuoted) this.#endRecord(position);
    this.#line++;
  }

  #endRecord(position: number): void {
    this.#endField();
    this.#field = 0;
    this.#records++;
    this.#ended = position;
  }

  #digit(byte: number): void {
    if (byte === minus) this.#isNegative = true;
    if (byte < zero || byte > nine) return;
    this.#number = Math.max(this.#number, 0) * 10 + byte - zero;
  }

  #endField(): void {
    if (this.#number >= 0 && this.#records > 0) {
      this.#note({ value: this.#isNegative ? -this.#number : this.#number, line: this.#line });
    }
    this.#number = -1;
    this.#isNegative = false;
    this.#field++;
  }

  #note(found: PlacedNumber): void {
    const range = this.#ranges.get(this.#field);
    if (range === undefined) {
      this.#ranges.set(this.#field, [found, found]);
      return;
    }
    const [least, greatest] = range;
    if (found.value < least.value) this.#ranges.set(this.#field, [found, greatest]);
    if (found.value > greatest.value) this.#ranges.set(this.#field, [least, found]);
  }
}
